// Below a reading: buttons to say what the digit was, and the corrections stored in this browser.

import { archive, clear, store, stored } from "./corrections.js";

const $ = (id) => document.getElementById(id);
const DOWNLOAD_URL_MS = 60_000; // until the downloaded archive's memory is freed

export class CorrectionsView {
  #piece = null; // the one that a correction is about

  constructor({ deleted }) {
    $("download").addEventListener("click", download);
    $("delete").addEventListener("click", () => {
      clear();
      showStored("Deleted.");
      deleted();
    });
    showStored();
  }

  show(piece, classNames) {
    this.#piece = piece;
    if ($("labels").children.length !== classNames.length)
      $("labels").replaceChildren(...classNames.map((name) => this.#labelButton(name)));
  }

  #labelButton(name) {
    const button = document.createElement("button");
    button.textContent = name;
    button.setAttribute("aria-label", `It was a ${name}`);
    button.addEventListener("click", () => this.#correct(name));
    return button;
  }

  #correct(label) {
    try {
      store(label, this.#piece.image);
      showStored(`Saved as a ${label}. `);
    } catch {
      showStored("This browser's storage is full: download the corrections, then delete them. ");
    }
  }
}

function showStored(message = "") {
  const count = stored().length;
  $("kept").textContent = message + (count ? `${count} saved in this browser; mnistry train --extend learns from them.` : "");
  $("kept-tools").hidden = !count;
}

async function download() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await archive());
  link.download = "digits.zip";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), DOWNLOAD_URL_MS);
}
