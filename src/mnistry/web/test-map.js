// The map of the test images: a cloud of dots for each class, and the place of the digit that was drawn.

const $ = (id) => document.getElementById(id);
const COLOURS = ["#e6194b", "#3cb44b", "#c8a400", "#4363d8", "#f58231", "#911eb4", "#1fa5a5", "#e04fd0", "#7a8b1f", "#9a6324"];
const COORDINATE_MAX = 65_535;
const MARGIN = 12; // px around the dots
const POINTER_RADIUS = 12; // px within which a dot is under the pointer
const INTRODUCTION = "Images that the network finds alike lie near each other.";

// Where the digit on the first tab lies on the map.
export class MapPosition {
  place = null; // [x, y] in the map's coordinates
  nearest = []; // the test images nearest to it
  changed = () => {};

  set(place, nearest = []) {
    [this.place, this.nearest] = [place, nearest];
    this.changed();
  }
}

export class TestMap {
  // `tile` returns the contents of an image's tile, given its index.
  constructor(canvas, { data, position, tile }) {
    Object.assign(this, { canvas, data, position, tile });
    this.centres = data.class_names.map((_, label) => centre(data, label));
    for (const type of ["pointermove", "pointerdown"]) canvas.addEventListener(type, (event) => this.#point(event));
    canvas.addEventListener("pointerleave", () => ($("under").hidden = true));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#draw());
    position.changed = () => this.#draw();
    new ResizeObserver(() => this.#draw()).observe(canvas);
  }

  #toPixels([x, y]) {
    const { clientWidth, clientHeight } = this.canvas;
    return [
      MARGIN + (x / COORDINATE_MAX) * (clientWidth - 2 * MARGIN),
      MARGIN + (y / COORDINATE_MAX) * (clientHeight - 2 * MARGIN),
    ];
  }

  #draw() {
    const { canvas, position } = this;
    if (!canvas.clientWidth) return; // hidden behind another tab
    $("map-words").textContent = position.place
      ? `${INTRODUCTION} Yours lies among the ${this.#nearestNames()}.`
      : `${INTRODUCTION} Draw a digit, and it is placed among them.`;
    const scale = window.devicePixelRatio || 1;
    canvas.width = Math.round(canvas.clientWidth * scale);
    canvas.height = Math.round(canvas.clientHeight * scale);
    const context = canvas.getContext("2d");
    context.scale(scale, scale);
    this.#drawDots(context);
    const { color, backgroundColor } = getComputedStyle(canvas);
    Object.assign(context, {
      font: "600 20px system-ui, sans-serif", textAlign: "center", textBaseline: "middle",
      fillStyle: color, strokeStyle: backgroundColor, lineWidth: 5,
    });
    for (const [label, name] of this.data.class_names.entries()) outlined(context, name, this.#toPixels(this.centres[label]));
    if (position.place) this.#drawPosition(context, color);
  }

  #drawDots(context) {
    const size = this.canvas.clientWidth > 600 ? 2.4 : 1.6;
    context.globalAlpha = 0.65;
    for (const [index, place] of this.data.places.entries()) {
      const [x, y] = this.#toPixels(place);
      context.fillStyle = COLOURS[this.data.labels[index] % COLOURS.length];
      context.fillRect(x - size / 2, y - size / 2, size, size);
    }
    context.globalAlpha = 1;
  }

  #drawPosition(context, colour) {
    const [x, y] = this.#toPixels(this.position.place);
    const halfWidth = context.measureText("yours").width / 2;
    const textX = Math.min(this.canvas.clientWidth - halfWidth - 4, Math.max(halfWidth + 4, x));
    outlined(context, "yours", [textX, y > 36 ? y - 22 : y + 24]);
    Object.assign(context, { strokeStyle: colour, lineWidth: 3 });
    context.beginPath();
    context.arc(x, y, 11, 0, 2 * Math.PI);
    context.stroke();
  }

  // The classes of the images nearest to the drawn digit, the most frequent first.
  #nearestNames() {
    const names = this.position.nearest.map((index) => this.data.class_names[this.data.labels[index]]);
    const frequency = (name) => names.filter((other) => other === name).length;
    const sorted = [...new Set(names)].sort((a, b) => frequency(b) - frequency(a));
    return sorted.map((name) => `${name}s`).join(" and ");
  }

  // Shows the image under the pointer.
  #point(event) {
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const index = this.#nearestDot(x, y);
    const tooltip = $("under");
    tooltip.hidden = index < 0;
    if (index < 0) return;
    tooltip.replaceChildren(...this.tile(index));
    tooltip.style.left = `${Math.min(x + 14, box.width - 100)}px`;
    tooltip.style.top = `${Math.min(y + 14, box.height - 130)}px`;
  }

  // The index of the image whose dot is nearest to a pixel, or -1 if none is near.
  #nearestDot(x, y) {
    let [best, smallest] = [-1, POINTER_RADIUS ** 2];
    for (const [index, place] of this.data.places.entries()) {
      const [dotX, dotY] = this.#toPixels(place);
      const distance = (dotX - x) ** 2 + (dotY - y) ** 2;
      if (distance < smallest) [best, smallest] = [index, distance];
    }
    return best;
  }
}

function outlined(context, text, [x, y]) {
  context.strokeText(text, x, y);
  context.fillText(text, x, y);
}

// The median place of a class's images, where its name is written.
function centre(data, label) {
  const places = data.places.filter((_, index) => data.labels[index] === label);
  return [0, 1].map((axis) => places.map((place) => place[axis]).sort((a, b) => a - b)[Math.floor(places.length / 2)]);
}
