// Draws small grey images, given as bytes, on canvases.

export function drawGrey(canvas, grey, width, height) {
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; i += 1) image.data.set([grey[i], grey[i], grey[i], 255], 4 * i);
  canvas.width = width;
  canvas.height = height;
  canvas.getContext("2d").putImageData(image, 0, 0);
}

// Ink that counts for the answer in orange, against it in blue; `heat` is from -127 to 127.
export function drawHeat(canvas, grey, heat, width, height) {
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; i += 1) {
    const share = heat[i] / 127;
    const base = grey[i] * 0.45;
    const colour = share >= 0 ? [255, 140, 40] : [60, 130, 255];
    const weight = Math.abs(share) * (grey[i] / 255);
    image.data.set([...colour.map((value) => base + (value - base) * weight), 255], 4 * i);
  }
  canvas.width = width;
  canvas.height = height;
  canvas.getContext("2d").putImageData(image, 0, 0);
}

const ROWS = 3; // of maps, approximately
const MAX_SIDE = 52; // px of a map, at most
const MAX_SQUARE = 14; // px of a dense layer's number, at most

// Draws maps (channels, height, width) in about ROWS rows, as large as fit into `available` px of width; a dense
// layer as plain squares.
export function drawMaps(canvas, maps, [channels, height, width], available) {
  const scale = window.devicePixelRatio || 1;
  const gap = Math.round(scale);
  const space = Math.floor((available * scale) / Math.ceil(channels / ROWS)) - gap;
  const zoom = Math.max(1, Math.floor(Math.min(space, (height === 1 ? MAX_SQUARE : MAX_SIDE) * scale) / width));
  const columns = Math.max(1, Math.min(channels, Math.floor((available * scale) / (width * zoom + gap))));
  const rows = Math.ceil(channels / columns);
  const [w, h] = [columns * (width * zoom + gap), rows * (height * zoom + gap)];
  canvas.width = w;
  canvas.height = h;
  canvas.style.width = `${w / scale}px`;
  const context = canvas.getContext("2d");
  const image = context.createImageData(w, h);
  for (let y = 0; y < h; y += 1) {
    const [row, inRow] = [Math.floor(y / (height * zoom + gap)), y % (height * zoom + gap)];
    for (let x = 0; x < w; x += 1) {
      const [column, inColumn] = [Math.floor(x / (width * zoom + gap)), x % (width * zoom + gap)];
      const channel = row * columns + column;
      if (channel >= channels || inRow >= height * zoom || inColumn >= width * zoom) continue;
      const value = maps[(channel * height + Math.floor(inRow / zoom)) * width + Math.floor(inColumn / zoom)];
      image.data.set(COLOUR_MAP[value], 4 * (y * w + x));
    }
  }
  context.putImageData(image, 0, 0);
}

// Black, violet, orange, pale yellow: darker is less, also when printed in grey.
const STOPS = [[12, 10, 24], [88, 28, 110], [214, 84, 60], [252, 186, 70], [255, 250, 215]];
const COLOUR_MAP = Array.from({ length: 256 }, (_, value) => {
  const at = (value / 255) * (STOPS.length - 1);
  const from = Math.min(STOPS.length - 2, Math.floor(at));
  return [...STOPS[from].map((c, k) => c + (STOPS[from + 1][k] - c) * (at - from)), 255];
});
