// Buttons that select a digit or a rejected piece: in a row, and as boxes on the sheet.

import { percent } from "./probability-bars.js";

const NEAR_TOP = 0.08; // of the sheet: above it, a label would stick out
const NEAR_RIGHT = 0.8;

export class PieceButtons {
  constructor(row, sheet, chosen) {
    this.row = row;
    this.sheet = sheet;
    this.chosen = chosen; // called with the piece whose button is clicked
    this.buttons = new Map(); // piece → its buttons
  }

  // A placement says where the picture that was read lies on the sheet: its offset in its own px, and the share of
  // the sheet's width and height that one of them takes.
  show(digits, rejected, { placement, onPicture }) {
    const pieces = [...digits, ...rejected];
    const oneDigitDrawn = pieces.length === 1 && digits.length === 1 && !onPicture;
    this.buttons = new Map(pieces.map((piece) => [piece, []]));
    this.row.replaceChildren(...(pieces.length > 1 ? pieces.map((piece) => this.#button(piece, piece.value ?? "✕")) : []));
    this.sheet.classList.toggle("live", onPicture); // over a drawing, the pen goes through them
    this.sheet.replaceChildren(...(oneDigitDrawn ? [] : pieces.map((piece) => this.#box(piece, onPicture))));
    this.place(placement);
  }

  clear() {
    this.show([], [], { onPicture: false });
  }

  select(piece) {
    for (const [other, buttons] of this.buttons)
      for (const button of buttons) button.setAttribute("aria-pressed", String(other === piece));
  }

  // Moves the boxes to their pieces, after the picture on the sheet has moved.
  place(placement) {
    const pieces = [...this.buttons.keys()];
    for (const [i, box] of [...this.sheet.children].entries()) {
      const [x, y, width, height] = pieces[i].box;
      const [left, top] = [(x + placement.x) * placement.scaleX, (y + placement.y) * placement.scaleY];
      box.style.left = `${100 * left}%`;
      box.style.top = `${100 * top}%`;
      box.style.width = `${100 * width * placement.scaleX}%`;
      box.style.height = `${100 * height * placement.scaleY}%`;
      box.classList.toggle("near-top", top < NEAR_TOP); // its label goes below it
      box.classList.toggle("near-right", left > NEAR_RIGHT); // its label ends where the box does
    }
  }

  #button(piece, text) {
    const button = document.createElement("button");
    button.textContent = text;
    button.setAttribute("aria-label", piece.value ? `${piece.value}, ${percent(piece.confidence)} sure` : piece.reason);
    button.addEventListener("click", () => this.chosen(piece));
    this.buttons.get(piece).push(button);
    return button;
  }

  #box(piece, onPicture) {
    const box = this.#button(piece, "");
    if (!piece.value) box.classList.add("rejected");
    if (!onPicture) box.tabIndex = -1; // it covers the pad; the keyboard uses the row of digits
    const label = document.createElement("span");
    label.textContent = piece.value ?? piece.reason;
    box.append(label);
    return box;
  }
}
