// Buttons that select a digit or a rejected piece: in a row, and as boxes on the sheet, with labels beside them.

import { placeLabels } from "./label-placement.js";
import { percent } from "./probability-bars.js";

const SMALL = 16; // px: a lower box is shaded, for a frame would hide the ink, and has no label

export class PieceButtons {
  #marks = []; // what is on the sheet: {box, frame, label}, its place in the picture and its elements

  constructor(row, sheet, chosen) {
    this.row = row;
    this.sheet = sheet;
    this.chosen = chosen; // called with the piece whose button is clicked
    this.buttons = new Map(); // piece → its buttons
  }

  // A placement says where the picture that was read lies on the sheet: its offset in its own px, and the share of
  // the sheet's width and height that one of them takes. Labels are for a finished drawing: they would be in the way.
  show({ digits, signs, rejected }, { placement, onPicture, labelled }) {
    const pieces = [...digits, ...rejected];
    const oneDigitDrawn = pieces.length === 1 && digits.length === 1 && !onPicture;
    this.buttons = new Map(pieces.map((piece) => [piece, []]));
    this.row.replaceChildren(...(pieces.length > 1 ? pieces.map((piece) => this.#button(piece, piece.value ?? "✕")) : []));
    this.sheet.classList.toggle("live", onPicture); // over a drawing, the pen goes through them
    this.#marks = oneDigitDrawn ? [] : [
      ...pieces.map((piece) => ({ box: piece.box, frame: this.#frame(piece, onPicture), label: labelled && label(piece) })),
      ...signs.map((sign) => ({ box: sign.box, frame: signFrame(), label: labelled && label(sign) })),
    ];
    this.sheet.replaceChildren(...this.#marks.flatMap(({ frame, label }) => (label ? [frame, label] : [frame])));
    this.place(placement);
  }

  clear() {
    this.show({ digits: [], signs: [], rejected: [] }, { onPicture: false });
  }

  hideLabels() {
    for (const { label } of this.#marks) if (label) label.hidden = true;
    this.#marks = this.#marks.map((mark) => ({ ...mark, label: null }));
  }

  select(piece) {
    for (const [other, buttons] of this.buttons)
      for (const button of buttons) button.setAttribute("aria-pressed", String(other === piece));
  }

  // Moves the boxes to their pieces, after the picture on the sheet has moved.
  place(placement) {
    const { width, height } = this.sheet.getBoundingClientRect();
    const shares = this.#marks.map(({ box: [x, y, boxWidth, boxHeight] }) => [
      (x + placement.x) * placement.scaleX,
      (y + placement.y) * placement.scaleY,
      boxWidth * placement.scaleX,
      boxHeight * placement.scaleY,
    ]);
    for (const [i, { frame }] of this.#marks.entries()) {
      const [left, top, boxWidth, boxHeight] = shares[i].map((share) => `${100 * share}%`);
      Object.assign(frame.style, { left, top, width: boxWidth, height: boxHeight });
      frame.classList.toggle("small", shares[i][3] * height < SMALL);
    }
    this.#placeLabels(shares.map(([x, y, w, h]) => [x * width, y * height, w * width, h * height]), { width, height });
  }

  #placeLabels(boxes, sheet) {
    const sizes = this.#marks.map(({ label }, i) =>
      label && boxes[i][3] >= SMALL ? [label.offsetWidth, label.offsetHeight] : null);
    for (const [i, corner] of placeLabels(boxes, sizes, sheet).entries()) {
      const { label } = this.#marks[i];
      if (label) label.style.visibility = corner ? "visible" : "hidden";
      if (corner) Object.assign(label.style, { left: `${corner[0]}px`, top: `${corner[1]}px` });
    }
  }

  #button(piece, text) {
    const button = document.createElement("button");
    button.textContent = text;
    button.setAttribute("aria-label", piece.value ? `${piece.value}, ${percent(piece.confidence)} sure` : piece.reason);
    if (!piece.value) button.title = piece.reason;
    button.addEventListener("click", () => this.chosen(piece));
    this.buttons.get(piece).push(button);
    return button;
  }

  #frame(piece, onPicture) {
    const frame = this.#button(piece, "");
    if (!piece.value) frame.classList.add("rejected");
    if (!onPicture) frame.tabIndex = -1; // it covers the pad; the keyboard uses the row of digits
    return frame;
  }
}

function signFrame() {
  const frame = document.createElement("div");
  frame.className = "sign";
  return frame;
}

// What a digit or sign was read as; a rejected piece has its dashed frame alone, and its reason beside the sheet.
function label({ value }) {
  if (!value) return null;
  const span = document.createElement("span");
  span.textContent = value;
  return span;
}
