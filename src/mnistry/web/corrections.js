// Corrections ("this was a 7") of wrong readings: stored in this browser, downloaded as a folder of classes.

import { drawGrey } from "./pixels.js";
import { bytes } from "./server.js";
import { zip } from "./zip.js";

const STORAGE_KEY = "mnistry.corrections";
const SIDE = 28;

export function stored() {
  try {
    return JSON.parse(localStorage.getItem(STORAGE_KEY)) ?? [];
  } catch {
    return [];
  }
}

// `image` is base64 of 28 × 28 bytes; an image has one correction, the last. Throws if the browser's storage is full.
export function store(label, image) {
  const others = stored().filter((correction) => correction.image !== image);
  localStorage.setItem(STORAGE_KEY, JSON.stringify([...others, { label, image }]));
}

export function clear() {
  localStorage.removeItem(STORAGE_KEY);
}

// A ZIP archive of digits/7/0001.png, … for `mnistry train --extend digits` or, with two or more classes, `--data`.
export async function archive() {
  const files = [];
  const counts = {}; // label → the number of its files
  for (const { label, image } of stored()) {
    const canvas = document.createElement("canvas");
    drawGrey(canvas, bytes(image), SIDE, SIDE);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
    counts[label] = (counts[label] ?? 0) + 1;
    const name = `digits/${label}/${String(counts[label]).padStart(4, "0")}.png`;
    files.push([name, new Uint8Array(await blob.arrayBuffer())]);
  }
  return zip(files);
}
