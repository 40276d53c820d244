// What the detector saw of an opened picture, as layers over it that can be switched on.

import { percent } from "./probability-bars.js";

const $ = (id) => document.getElementById(id);
const LABEL = 0.45; // of a box's height
const KINDS = { digit: ["digit", "digits"], sign: ["sign", "signs"], other: ["letter or drawing", "letters or drawings"] };

export class DetectorView {
  constructor() {
    this.boxes = [...$("detector").querySelectorAll("input")];
    for (const box of this.boxes) box.addEventListener("change", () => this.#showChosen());
  }

  // A reading has a detector's layers only if the server has a detector.
  show({ detector, width, height }) {
    this.hide();
    if (!detector) return;
    $("detections").setAttribute("viewBox", `0 0 ${width} ${height}`);
    const size = { x: 0, y: 0, width, height, preserveAspectRatio: "none" };
    $("detections").replaceChildren(
      layer("heat", [element("image", { href: detector.heat, ...size })]),
      layer("ink", [element("image", { href: detector.ink, ...size })]),
      layer("close-ups", detector.close_ups.map(({ box }) => rectangle(box, "close"))),
      layer("glyphs", detector.glyphs.flatMap(glyphMarks)),
    );
    $("detector").hidden = false;
    $("detected").textContent = summary(detector);
    this.boxes.find(({ name }) => name === "close-ups").parentElement.hidden = !detector.close_ups.length;
    this.#showChosen();
  }

  hide() {
    $("detector").hidden = true;
    $("detections").replaceChildren();
    $("detections").toggleAttribute("hidden", true);
    $("sheet").classList.remove("with-layers");
  }

  #showChosen() {
    const chosen = this.boxes.filter((box) => box.checked).map((box) => box.name);
    for (const group of $("detections").children) group.style.display = chosen.includes(group.id.slice("layer-".length)) ? "" : "none";
    $("detections").toggleAttribute("hidden", !chosen.length);
    $("sheet").classList.toggle("with-layers", chosen.length > 0);
  }
}

function element(name, attributes, children = []) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const layer = (name, children) => element("g", { id: `layer-${name}` }, children);

const rectangle = ([x, y, width, height], kind) => element("rect", { x, y, width, height, class: kind });

// A glyph's box, and what it is above it; of a letter or drawing the colour says enough.
function glyphMarks({ name, kind, box, outcome }) {
  const faint = outcome === "too faint";
  const mark = rectangle(box, faint ? `${kind} faint` : kind);
  if (kind === "other" || faint) return [mark];
  const [x, y, width, height] = box;
  const size = kind === "digit" ? LABEL * height : Math.max(width, height);
  return [mark, element("text", { x, y: Math.max(size, y - size / 5), "font-size": size, class: kind }, [name])];
}

// What the detector saw where a piece is, in words; "" if it is not known.
export function seenAt(detector, piece) {
  const same = (glyph) => glyph.box.every((value, i) => value === piece.box[i]);
  const glyph = piece && detector?.glyphs.find(same);
  if (!glyph) return "";
  const what = glyph.kind === "other" ? "a letter or drawing" : `the ${glyph.kind} ${glyph.name}`;
  return `The detector sees ${what} there, ${percent(glyph.probability)}.`;
}

function summary({ glyphs, close_ups: closeUps }) {
  const found = Object.entries(KINDS)
    .map(([kind, names]) => [glyphs.filter((glyph) => glyph.kind === kind).length, names])
    .filter(([count]) => count)
    .map(([count, [one, many]]) => `${count} ${count === 1 ? one : many}`);
  const faint = glyphs.filter(({ outcome }) => outcome === "too faint").length;
  const places = closeUps.length === 1 ? "one place" : `${closeUps.length} places`;
  return [
    found.length ? `It found ${found.join(", ")}${faint ? `; ${faint} of them too faint` : ""}.` : "It found nothing.",
    closeUps.length ? `It looked closely at ${places}.` : "",
  ].join(" ").trim();
}
