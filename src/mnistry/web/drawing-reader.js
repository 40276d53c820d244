// Has the server read the drawing: repeatedly during a stroke, and at once after it.

import { latest, read } from "./server.js";
import { currentStroke, markPenUp, measureSince } from "./stroke-timing.js";

const POLL_INTERVAL_MS = 60; // between readings during a stroke, so that the server is free for the one after it

export class DrawingReader {
  #version = 0; // counts the changes of the drawing
  #finishedVersion = 0; // the drawing after the last finished stroke
  #shownVersion = 0; // the newest drawing whose reading is shown
  #sheet = 0; // counts the times that the drawing became empty: readings of an earlier sheet are dropped

  constructor(pad, { show, notice }) {
    this.pad = pad;
    this.show = show; // called with a reading, its placement on the sheet, and whether the pen is up
    this.notice = notice;
  }

  changed(penUp) {
    this.#version += 1;
    if (penUp) {
      this.#finishedVersion = this.#version;
      markPenUp();
    }
    if (this.pad.empty) this.#sheet += 1;
    else if (penUp) this.#read(true); // at once: a reading under way may be of half a digit, which can take long
    else this.#poll();
  }

  #poll = latest(async () => {
    if (this.#finishedVersion !== this.#version) await this.#read(false);
    await new Promise((done) => setTimeout(done, POLL_INTERVAL_MS));
  });

  async #read(penUp) {
    if (this.pad.empty) return;
    const [version, sheet, stroke] = [this.#version, this.#sheet, currentStroke()];
    try {
      const { blob, x, y } = this.pad.picture();
      const reading = await read(blob);
      this.notice.clearError();
      const outdated = penUp ? version !== this.#version : version <= this.#shownVersion;
      if (sheet !== this.#sheet || outdated) return;
      this.#shownVersion = version;
      const { width, height } = this.pad.canvas.getBoundingClientRect();
      this.show(reading, { x, y, scaleX: 1 / width, scaleY: 1 / height }, penUp);
      if (penUp) measureSince(stroke, "reading");
    } catch (error) {
      this.notice.showError(error);
    }
  }
}
