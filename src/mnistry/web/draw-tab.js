// The first tab: the drawing is read during and after every stroke, a picture when it is opened.

import { CorrectionsView } from "./corrections-view.js";
import { DrawingReader } from "./drawing-reader.js";
import { NetworkView } from "./network-view.js";
import { Pad } from "./pad.js";
import { acceptPictures } from "./picture-input.js";
import { PictureView } from "./picture-view.js";
import { ReadingView } from "./reading-view.js";

const $ = (id) => document.getElementById(id);

export class DrawTab {
  constructor({ notice, mapPosition }) {
    this.mapPosition = mapPosition;
    this.pad = new Pad($("pad"), {
      changed: (penUp) => this.#drawingChanged(penUp),
      width: () => Number($("pen").value),
    });
    this.readingView = new ReadingView({ selected: (piece, inspect) => this.#selected(piece, inspect) });
    this.networkView = new NetworkView({ notice, mapPosition });
    this.correctionsView = new CorrectionsView({ deleted: () => $("pad").focus() });
    this.drawingReader = new DrawingReader(this.pad, {
      notice,
      show: (reading, placement, final) => this.readingView.show(reading, { placement, announce: final }),
    });
    this.pictureView = new PictureView({ notice, readingView: this.readingView });
    this.#addButtons();
    acceptPictures({ open: (file) => this.#openPicture(file), notice });
  }

  #drawingChanged(penUp) {
    this.pictureView.close();
    $("hint").hidden = !this.pad.empty;
    $("undo").disabled = !this.pad.canUndo;
    $("clear").disabled = this.pad.empty;
    this.readingView.buttons.hideLabels(); // until the reading of what is there now
    this.drawingReader.changed(penUp);
    if (this.pad.empty) this.readingView.showBlank();
  }

  #selected(piece, inspect) {
    if (piece) {
      this.networkView.show(piece, inspect);
      this.correctionsView.show(piece, this.readingView.classNames);
    } else this.networkView.hide();
    if (!this.readingView.reading) this.mapPosition.set(null);
  }

  #openPicture(file) {
    if (!file) return;
    if ($("draw").hidden) $("tab-draw").click(); // the picture may be dropped on another tab
    this.pad.clear();
    $("hint").hidden = true;
    $("clear").disabled = false;
    this.pictureView.open(file);
  }

  #clear() {
    if (this.pictureView.isOpen) this.#drawingChanged(true);
    else this.pad.clear();
    $("pad").focus();
  }

  #addButtons() {
    $("undo").addEventListener("click", () => this.pad.undo());
    $("clear").addEventListener("click", () => this.#clear());
    document.addEventListener("keydown", (event) => {
      if (event.target instanceof HTMLInputElement && event.target.type !== "range") return;
      if (event.key === "z" && (event.ctrlKey || event.metaKey) && !$("draw").hidden) {
        event.preventDefault();
        this.pad.undo();
      } else if (event.key === "Delete" && document.activeElement === $("pad")) this.#clear();
    });
  }
}
