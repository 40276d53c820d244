// Corrections ("this was a 7") of wrong readings: kept in this browser, downloaded as a folder of classes.

import { zip } from "./zip.js";

const KEY = "mnistry.corrections";

export function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? [];
  } catch {
    return [];
  }
}

// `image` is base64 of 28 × 28 bytes. Throws what the browser throws when its storage is full.
export function keep(label, image) {
  localStorage.setItem(KEY, JSON.stringify([...kept().filter((one) => one.image !== image), { label, image }]));
}

export function forget() {
  localStorage.removeItem(KEY);
}

// A ZIP archive of digits/7/0001.png, … for `mnistry train --extend digits` or, with two or more classes, `--data`.
export async function archive(bytes, drawGrey) {
  const files = [];
  const turns = {};
  for (const { label, image } of kept()) {
    const canvas = document.createElement("canvas");
    drawGrey(canvas, bytes(image), 28, 28);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
    turns[label] = (turns[label] ?? 0) + 1;
    const name = `digits/${label}/${String(turns[label]).padStart(4, "0")}.png`;
    files.push([name, new Uint8Array(await blob.arrayBuffer())]);
  }
  return zip(files);
}
