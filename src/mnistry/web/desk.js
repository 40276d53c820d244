// The first tab: reads the drawing at every stroke, or a picture.

import { archive, forget, keep, kept } from "./corrections.js";
import { Pad } from "./pad.js";
import { drawGrey, drawHeat, drawMaps } from "./pixels.js";
import { bytes, latest, look, read } from "./server.js";

const BREATH_MS = 60; // between readings during a stroke, so that the server is free for the reading at its end
const $ = (id) => document.getElementById(id);
const percent = (share) => `${(100 * share).toFixed(share > 0.9995 ? 0 : 1)} %`;

export function startDesk({ complain, wellAgain }) {
  const desk = { place: null, moved: () => {} }; // the chosen digit's place on the map, and the callback for changes
  let shown = null; // the reading on the page
  let chosen = null; // one of its digits or rejected pieces
  let showing = null; // the URL of a picture, or null while drawing
  let drawnAt = 0; // counts the changes
  let sheets = 0; // counts the clean sheets: an answer for an older sheet is dropped
  let liftedAt = 0; // the change that ended the last stroke
  let shownAt = 0; // the last change whose reading is shown
  let blind = false; // whether the server cannot look into this network (501)

  const pad = new Pad($("pad"), { changed, width: () => Number($("pen").value) });

  function changed(up) {
    if (showing) leavePicture();
    $("hint").hidden = !pad.empty;
    $("undo").disabled = !pad.canUndo;
    $("clear").disabled = pad.empty;
    drawnAt += 1;
    if (up) {
      liftedAt = drawnAt;
      penUp();
    }
    if (pad.empty) {
      sheets += 1;
      nothing("Nothing is drawn.");
    } else if (up) readPad(true); // at once: a reading under way may be of half a digit, which can take long
    else readOn();
  }

  const readOn = latest(async () => {
    await readPad(false);
    await new Promise((done) => setTimeout(done, BREATH_MS));
  });

  async function readPad(up) {
    if (pad.empty || (!up && liftedAt === drawnAt)) return;
    const [began, sheet] = [drawnAt, sheets];
    try {
      const { blob, x, y } = pad.picture();
      const reading = await read(blob);
      wellAgain();
      if (sheet !== sheets || showing || (up ? began !== drawnAt : began <= shownAt)) return;
      shownAt = began;
      const box = $("pad").getBoundingClientRect();
      show(reading, { x, y, across: 1 / box.width, down: 1 / box.height }, up);
      if (up) seenAfter("reading");
    } catch (error) {
      complain(error);
    }
  }

  async function readPicture(file) {
    if (!file) return;
    if ($("draw").hidden) $("tab-draw").click(); // the picture may be dropped on another tab
    pad.clear();
    if (showing) leavePicture();
    const url = URL.createObjectURL(file);
    $("picture").src = url;
    $("picture").hidden = false;
    $("picture").alt = file.name ? `The picture ${file.name}` : "The picture";
    showing = url;
    $("hint").hidden = true;
    $("clear").disabled = false;
    nothing("Reading the picture…");
    try {
      const reading = await read(file);
      wellAgain();
      await $("picture").decode().catch(() => {}); // a format that this browser cannot show
      if (showing !== url) return;
      show(reading, contained(reading), true);
      shown.picture = reading;
    } catch (error) {
      if (showing === url) nothing(error.message);
    }
  }

  // How a picture of this size fits into the sheet: offset in picture px, and the sheet's share of one picture px.
  function contained({ width, height }) {
    const box = $("sheet").getBoundingClientRect();
    const times = Math.min(box.width / width, box.height / height);
    const [left, top] = [(box.width - width * times) / 2, (box.height - height * times) / 2];
    return { x: left / times, y: top / times, across: times / box.width, down: times / box.height };
  }

  function leavePicture() {
    URL.revokeObjectURL(showing);
    showing = null;
    $("picture").hidden = true;
    $("picture").removeAttribute("src");
  }

  function nothing(words) {
    shown = chosen = null;
    desk.place = null;
    desk.moved();
    say("?", words, "none");
    $("chips").replaceChildren();
    $("boxes").replaceChildren();
    $("details").hidden = true;
    $("inside-card").hidden = $("seen-card").hidden = true;
    speak(words);
  }

  function speak(words) {
    $("spoken").textContent = words;
  }

  function say(text, words, kind = "") {
    $("text").textContent = text;
    $("text").className = `text ${kind} ${text.length > 8 ? "long" : ""}`;
    $("sure").textContent = words;
    $("promise").hidden = !pad.empty || Boolean(showing);
  }

  function show(reading, at, up) {
    const digits = reading.lines.flatMap((line) => line.digits);
    shown = { digits, rejected: reading.rejected, names: reading.class_names };
    if (digits.length) {
      const least = Math.min(...digits.map((digit) => digit.confidence));
      const one = digits.length === 1;
      say(reading.text, one ? `${percent(least)} sure` : `${digits.length} digits, the least sure of them ${percent(least)}`);
    } else if (reading.rejected.length) say("not a digit", "What is here does not look like a digit.", "not");
    else say("?", "Nothing to read was found here.", "none");
    if (up) speak(digits.length ? `Reads ${reading.text.replaceAll("\n", ", ")}. ${$("sure").textContent}` : $("sure").textContent);
    showPieces(at);
    choose(digits.at(-1) ?? reading.rejected.at(-1) ?? null, up);
  }

  function showPieces(at) {
    const pieces = [...shown.digits, ...shown.rejected];
    const alone = pieces.length === 1 && shown.digits.length === 1 && !showing;
    $("chips").replaceChildren(...(pieces.length > 1 ? pieces.map((piece) => button(piece, piece.value ?? "✕")) : []));
    $("boxes").classList.toggle("live", Boolean(showing));
    $("boxes").replaceChildren(...(alone ? [] : pieces.map((piece) => box(piece, at))));
  }

  function button(piece, text) {
    const one = document.createElement("button");
    one.textContent = text;
    one.setAttribute("aria-label", piece.value ? `${piece.value}, ${percent(piece.confidence)} sure` : piece.reason);
    one.addEventListener("click", () => choose(piece));
    piece.buttons = [...(piece.buttons ?? []), one];
    return one;
  }

  function box(piece, at) {
    const one = button(piece, "");
    put(one, piece.box, at);
    if (!piece.value) one.classList.add("rejected");
    if (!showing) one.tabIndex = -1; // it covers the pad; the keyboard uses the row of digits
    const label = document.createElement("span");
    label.textContent = piece.value ?? piece.reason;
    one.append(label);
    return one;
  }

  function put(one, [x, y, width, height], at) {
    one.style.left = `${100 * (x + at.x) * at.across}%`;
    one.style.top = `${100 * (y + at.y) * at.down}%`;
    one.style.width = `${100 * width * at.across}%`;
    one.style.height = `${100 * height * at.down}%`;
    one.classList.toggle("low", (y + at.y) * at.down < 0.08);
  }

  // When the sheet changes its size, the picture moves, and so must the boxes.
  new ResizeObserver(() => {
    if (!showing || !shown?.picture) return;
    const [pieces, at] = [[...shown.digits, ...shown.rejected], contained(shown.picture)];
    for (const [i, one] of [...$("boxes").children].entries()) put(one, pieces[i].box, at);
  }).observe($("sheet"));

  function choose(piece, look = true) {
    chosen = piece;
    for (const other of [...shown.digits, ...shown.rejected])
      for (const one of other.buttons ?? []) one.setAttribute("aria-pressed", String(other === piece));
    $("details").hidden = !piece;
    $("inside-card").hidden = $("seen-card").hidden = !piece;
    if (!piece) return;
    showBars(piece);
    drawGrey($("seen"), bytes(piece.image), 28, 28);
    showLabels();
    if (look && !blind) lookInside(piece);
  }

  function showBars(piece) {
    const shares = piece.probabilities;
    $("bars").hidden = !shares;
    if (!shares) return;
    const best = piece.value;
    if ($("bars").children.length !== Object.keys(shares).length)
      $("bars").replaceChildren(...Object.keys(shares).map(() => bar()));
    for (const [i, [name, share]] of Object.entries(shares).entries()) {
      const row = $("bars").children[i];
      row.className = name === best ? "best" : "";
      row.querySelector("b").textContent = name;
      row.querySelector("i").style.width = `${100 * share}%`;
      row.querySelector(".share").textContent = percent(share);
    }
  }

  function bar() {
    const row = document.createElement("li");
    row.innerHTML = "<b></b><span class='track'><i></i></span><span class='share'></span>";
    return row;
  }

  const lookInside = latest(async (piece) => {
    const began = liftedAt;
    try {
      const seen = bytes(piece.image);
      const inside = await look(seen);
      if (chosen !== piece) return;
      drawHeat($("deciding"), seen, new Int8Array(bytes(inside.deciding).buffer), 28, 28);
      showLayers(inside.layers);
      if (began === liftedAt) seenAfter("layers");
      desk.place = inside.place;
      desk.nearest = inside.nearest;
      desk.moved();
    } catch (error) {
      if (error.status !== 501) return complain(error);
      blind = true;
      $("inside-words").textContent = `What goes on inside this network cannot be shown: ${error.message}`;
      $("decided").hidden = true;
    }
  });

  function showLayers(layers) {
    if ($("layers").children.length !== layers.length) $("layers").replaceChildren(...layers.map(layerRow));
    const room = $("layers").clientWidth || 900;
    for (const [i, { name, shape, maps }] of layers.entries()) {
      const [channels, height, width] = shape;
      const size = height > 1 ? `${channels} maps of ${width} × ${height}` : `${channels} numbers`;
      const row = $("layers").children[i];
      row.querySelector("h3").textContent = `${name}: ${size}`;
      drawMaps(row.querySelector("canvas"), bytes(maps), shape, room);
      row.querySelector("canvas").setAttribute("aria-label", `What ${name} finds: ${size}`);
    }
  }

  function layerRow() {
    const row = document.createElement("div");
    row.className = "layer";
    row.innerHTML = "<h3></h3><canvas role='img'></canvas>";
    return row;
  }

  function showLabels() {
    if ($("labels").children.length === shown.names.length) return;
    $("labels").replaceChildren(
      ...shown.names.map((name) => {
        const one = document.createElement("button");
        one.textContent = name;
        one.setAttribute("aria-label", `It was a ${name}`);
        one.addEventListener("click", () => correct(name));
        return one;
      }),
    );
  }

  function correct(label) {
    try {
      keep(label, chosen.image);
      showKept(`Kept as a ${label}. `);
    } catch {
      showKept("This browser has no room to keep it. ");
    }
  }

  function showKept(first = "") {
    const many = kept().length;
    $("kept").textContent = first + (many ? `${many} kept in this browser; mnistry train --extend learns from them.` : "");
    $("kept-tools").hidden = !many;
  }

  $("undo").addEventListener("click", () => pad.undo());
  $("clear").addEventListener("click", () => {
    if (showing) {
      leavePicture();
      changed(true);
    } else pad.clear();
    $("pad").focus();
  });
  $("open").addEventListener("click", () => $("file").click());
  $("file").addEventListener("change", () => {
    readPicture($("file").files[0]);
    $("file").value = "";
  });
  $("download").addEventListener("click", async () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await archive(bytes, drawGrey));
    link.download = "digits.zip";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  });
  $("forget").addEventListener("click", () => {
    forget();
    showKept("Forgotten.");
    $("pad").focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.target instanceof HTMLInputElement && event.target.type !== "range") return;
    if (event.key === "z" && (event.ctrlKey || event.metaKey) && !$("draw").hidden) {
      event.preventDefault();
      pad.undo();
    } else if (event.key === "Delete" && document.activeElement === $("pad")) $("clear").click();
  });
  document.addEventListener("paste", (event) => {
    const file = [...event.clipboardData.files].find((one) => one.type.startsWith("image/"));
    if (file) readPicture(file);
  });
  for (const kind of ["dragenter", "dragover"])
    document.addEventListener(kind, (event) => {
      event.preventDefault();
      $("sheet").classList.add("dropping");
    });
  for (const kind of ["dragleave", "drop"])
    document.addEventListener(kind, (event) => {
      event.preventDefault();
      if (kind === "drop" || !event.relatedTarget) $("sheet").classList.remove("dropping");
    });
  document.addEventListener("drop", (event) => readPicture(event.dataTransfer.files[0]));
  startCamera(readPicture, nothing);
  showKept();
  return desk;
}

// Measures the time from pen up until the result is on the screen, for benchmarks/latency.py.
function penUp() {
  performance.clearMarks("pen up");
  performance.clearMeasures();
  performance.mark("pen up");
}

function seenAfter(what) {
  if (performance.getEntriesByName("pen up").length)
    requestAnimationFrame(() => setTimeout(() => performance.measure(what, "pen up")));
}

function startCamera(taken, complain) {
  const [dialog, video] = [$("viewfinder"), $("video")];
  const stop = () => {
    for (const track of video.srcObject?.getTracks() ?? []) track.stop();
    video.srcObject = null;
  };
  $("camera").addEventListener("click", async () => {
    if (!navigator.mediaDevices?.getUserMedia) { // remote plain HTTP has none: use the phone's camera app
      $("file").setAttribute("capture", "environment");
      $("file").click();
      $("file").removeAttribute("capture");
      return;
    }
    $("camera").disabled = true;
    try {
      video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: 1280 } });
      dialog.showModal();
      await video.play();
    } catch (error) {
      stop();
      complain(`No camera can be used here (${error.name}).`);
    } finally {
      $("camera").disabled = false;
    }
  });
  $("shoot").addEventListener("click", () => {
    if (!video.videoWidth) return; // no frame yet
    const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
    canvas.getContext("2d").drawImage(video, 0, 0);
    canvas.convertToBlob({ type: "image/jpeg", quality: 0.92 }).then(taken);
    dialog.close();
  });
  $("close-camera").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", stop);
}
