// What the network sees of the selected digit, which ink decided, and what its layers find.

import { drawGrey, drawHeat, drawMaps } from "./pixels.js";
import { bytes, latest, look } from "./server.js";
import { currentStroke, measureSince } from "./stroke-timing.js";

const $ = (id) => document.getElementById(id);
const SIDE = 28; // px of the network's input
const DEFAULT_WIDTH = 900; // px, while the layers are not laid out yet

export class NetworkView {
  #piece = null; // the one shown
  #unsupported = false; // whether the server cannot look into this network (501)

  constructor({ notice, mapPosition }) {
    this.notice = notice;
    this.mapPosition = mapPosition;
  }

  hide() {
    this.#piece = null;
    $("inside-card").hidden = $("seen-card").hidden = true;
  }

  // Shows a piece's pixels, and with `inspect` its layers, too.
  show(piece, inspect) {
    this.#piece = piece;
    $("inside-card").hidden = $("seen-card").hidden = false;
    drawGrey($("seen"), bytes(piece.image), SIDE, SIDE);
    if (inspect && !this.#unsupported) this.#inspect(piece);
  }

  #inspect = latest(async (piece) => {
    const stroke = currentStroke();
    try {
      const image = bytes(piece.image);
      const inside = await look(image);
      if (this.#piece !== piece) return;
      drawHeat($("deciding"), image, new Int8Array(bytes(inside.deciding).buffer), SIDE, SIDE);
      showLayers(inside.layers);
      measureSince(stroke, "layers");
      this.mapPosition.set(inside.place, inside.nearest);
    } catch (error) {
      if (error.status === 501) this.#showUnsupported(error);
      else this.notice.showError(error);
    }
  });

  #showUnsupported(error) {
    this.#unsupported = true;
    $("inside-words").textContent = `What goes on inside this network cannot be shown: ${error.message}`;
    $("decided").hidden = true;
  }
}

function showLayers(layers) {
  if ($("layers").children.length !== layers.length) $("layers").replaceChildren(...layers.map(layerRow));
  const available = $("layers").clientWidth || DEFAULT_WIDTH;
  for (const [i, { name, shape, maps }] of layers.entries()) {
    const [channels, height, width] = shape;
    const size = height > 1 ? `${channels} maps of ${width} × ${height}` : `${channels} numbers`;
    const row = $("layers").children[i];
    const canvas = row.querySelector("canvas");
    row.querySelector("h3").textContent = `${name}: ${size}`;
    drawMaps(canvas, bytes(maps), shape, available);
    canvas.setAttribute("aria-label", `What ${name} finds: ${size}`);
  }
}

function layerRow() {
  const row = document.createElement("div");
  row.className = "layer";
  row.innerHTML = "<h3></h3><canvas role='img'></canvas>";
  return row;
}
