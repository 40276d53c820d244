// Places labels beside boxes, where they cover no ink: no other box, and no other label.

const GAP = 4; // px between the ink's box and its label, for the ring around the box
const MAX_LABELS = 200; // on a sheet: among more there is no room

// `boxes` are [x, y, width, height] in px of the sheet; `labels` are the width and height of each one's label, or null.
// Returns each label's left and top, null for one without room.
export function placeLabels(boxes, labels, sheet) {
  if (boxes.length > MAX_LABELS) return boxes.map(() => null);
  const placed = [];
  return boxes.map((box, i) => {
    if (!labels[i]) return null;
    const [width, height] = labels[i];
    const inTheWay = [...boxes.filter((other) => !contains(other, box)).map(withRing), ...placed];
    const corner = corners(box, width, height).find(([left, top]) => {
      const label = [left, top, width, height];
      return contains([0, 0, sheet.width, sheet.height], label) && !inTheWay.some((other) => overlap(other, label));
    });
    if (corner) placed.push([...corner, width, height]);
    return corner ?? null;
  });
}

// Above the box, below, right and left of it.
const corners = ([x, y, boxWidth, boxHeight], width, height) => [
  [x, y - height - GAP],
  [x + boxWidth - width, y - height - GAP],
  [x, y + boxHeight + GAP],
  [x + boxWidth - width, y + boxHeight + GAP],
  [x + boxWidth + GAP, y],
  [x - width - GAP, y],
];

const withRing = ([x, y, width, height]) => [x - GAP, y - GAP, width + 2 * GAP, height + 2 * GAP];

const overlap = ([x, y, width, height], [left, top, wide, high]) =>
  x < left + wide && left < x + width && y < top + high && top < y + height;

// Whether a box lies within another, e.g. a digit within a drawn frame.
const contains = ([x, y, width, height], [left, top, wide, high]) =>
  x <= left && y <= top && x + width >= left + wide && y + height >= top + high;
