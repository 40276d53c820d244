// A picture that is opened on the sheet, and its reading.

import { DetectorView } from "./detector-view.js";
import { readWithLayers } from "./server.js";

const $ = (id) => document.getElementById(id);

export class PictureView {
  #url = null; // of the picture shown
  #size = null; // its width and height in px, once it is read

  constructor({ notice, readingView }) {
    this.notice = notice;
    this.readingView = readingView;
    this.detectorView = new DetectorView();
    new ResizeObserver(() => { // the picture moves on the sheet, and so must the boxes
      if (this.#size) this.readingView.buttons.place(placementOnSheet(this.#size));
    }).observe($("sheet"));
  }

  get isOpen() { return Boolean(this.#url); }

  async open(file) {
    this.close();
    const url = URL.createObjectURL(file);
    this.#url = url;
    $("picture").src = url;
    $("picture").hidden = false;
    $("picture").alt = file.name ? `The picture ${file.name}` : "The picture";
    this.readingView.showMessage("Reading the picture…");
    try {
      const reading = await readWithLayers(file);
      this.notice.clearError();
      await $("picture").decode().catch(() => {}); // a format that this browser cannot show
      if (this.#url !== url) return;
      this.#size = { width: reading.width, height: reading.height };
      const placement = placementOnSheet(this.#size);
      this.readingView.show(reading, { placement, onPicture: true, announce: true, note: pageNote(reading) });
      this.detectorView.show(reading);
    } catch (error) {
      if (this.#url === url) this.readingView.showMessage(error.message);
    }
  }

  close() {
    if (!this.#url) return;
    URL.revokeObjectURL(this.#url);
    this.#url = this.#size = null;
    this.detectorView.hide();
    $("picture").hidden = true;
    $("picture").removeAttribute("src");
  }
}

// Only the first page of a TIFF or PDF, or the first frame of an animation, is read here.
function pageNote({ page_count: count }) {
  return count > 1 ? `This is page 1 of ${count}: mnistry read reads them all.` : "";
}

// Where a picture of this size lies on the sheet, into which it is fitted and centred.
function placementOnSheet({ width, height }) {
  const sheet = $("sheet").getBoundingClientRect();
  const scale = Math.min(sheet.width / width, sheet.height / height);
  return {
    x: (sheet.width / scale - width) / 2,
    y: (sheet.height / scale - height) / 2,
    scaleX: scale / sheet.width,
    scaleY: scale / sheet.height,
  };
}
