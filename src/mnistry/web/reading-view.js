// The reading on the page: its text, how sure it is, its digits, and the selected digit's probabilities.

import { seenAt } from "./detector-view.js";
import { PieceButtons } from "./piece-buttons.js";
import { percent, showProbabilities } from "./probability-bars.js";

const $ = (id) => document.getElementById(id);

// A piece is a digit or a rejected piece of a reading.
export class ReadingView {
  reading = null; // the one shown

  constructor({ selected }) {
    this.selected = selected; // called with the selected piece or null, and whether to look inside the network
    this.buttons = new PieceButtons($("chips"), $("boxes"), (piece) => this.#select(piece, true));
  }

  get classNames() { return this.reading.class_names; }

  showBlank() {
    this.showMessage("Nothing is drawn.");
    $("promise").hidden = false;
  }

  // Shows a message in place of a reading.
  showMessage(message) {
    this.reading = null;
    this.#setText("?", message, "none");
    this.buttons.clear();
    this.#select(null);
    announce(message);
  }

  // `announce` is true for a finished stroke or picture: screen readers announce it, and the network is looked into.
  // `note` is shown behind how sure the reading is.
  show(reading, { placement, onPicture = false, announce: finished, note = "" }) {
    this.reading = reading;
    const digits = reading.lines.flatMap((line) => line.digits);
    const signs = reading.lines.flatMap((line) => line.signs ?? []);
    if (digits.length) this.#setText(reading.text, howSure(reading, digits));
    else if (reading.rejected.length) this.#setText("not a digit", "This does not look like a digit.", "rejected");
    else this.#setText("?", "Nothing to read was found here.", "none");
    if (note) $("sure").textContent += `${digits.length ? "." : ""} ${note}`;
    const status = $("sure").textContent;
    if (finished) announce(digits.length ? `Reads ${reading.text.replaceAll("\n", ", ")}. ${status}` : status);
    this.buttons.show({ digits, signs, rejected: reading.rejected }, { placement, onPicture, labelled: finished });
    this.#select(digits.at(-1) ?? reading.rejected.at(-1) ?? null, finished);
  }

  #setText(text, status, kind = "") {
    $("text").textContent = text;
    $("text").className = `text ${kind}`;
    const lines = text.split("\n");
    $("text").style.setProperty("--columns", Math.max(...lines.map((line) => [...line].length)));
    $("text").style.setProperty("--lines", lines.length);
    $("sure").textContent = status;
    $("promise").hidden = true;
  }

  #select(piece, inspect = false) {
    this.buttons.select(piece);
    $("details").hidden = !piece;
    if (piece) showProbabilities($("bars"), piece);
    const reason = piece?.reason === $("text").textContent ? "" : piece?.reason; // not twice
    const words = [reason && `This piece: ${reason}.`, seenAt(this.reading?.detector, piece)].filter(Boolean).join(" ");
    $("reason").hidden = !words;
    $("reason").textContent = words;
    this.selected(piece, inspect);
  }
}

function howSure({ rejected, turned }, digits) {
  const least = percent(Math.min(...digits.map((digit) => digit.confidence)));
  const sure = digits.length === 1 ? `${least} sure` : `${digits.length} digits, the least sure of them ${least}`;
  const counts = {}; // reason → the number of pieces rejected for it
  for (const { reason } of rejected) counts[reason] = (counts[reason] ?? 0) + 1;
  const reasons = Object.entries(counts).map(([reason, count]) => `${count} ${reason}`).join(", ");
  return `${sure}${reasons && `. Rejected: ${reasons}`}${turned ? `. Read turned by ${turned}°` : ""}`;
}

function announce(message) {
  $("spoken").textContent = message;
}
