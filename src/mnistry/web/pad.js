// The pad: smooth strokes by mouse, finger, pen or keys, and the drawing as a grey picture.

const STEP = 5; // px per press of an arrow key; four times as many with Shift
const PALM_MS = 1000; // after a pen was near, for which touch is taken for a palm
const MARGIN = 28; // px of paper around the ink that is sent

export class Pad {
  constructor(canvas, { changed, width }) {
    this.canvas = canvas;
    this.changed = changed; // called after every change, with whether the pen is up
    this.width = width; // returns the pen's width in px, called when a stroke starts
    this.strokes = [];
    this.undoStack = []; // the strokes before each change
    this.active = new Map(); // pointer → the stroke it is drawing
    this.cursor = null; // the keyboard's pen
    this.penSeenAt = -Infinity; // when a pen was last near: until PALM_MS later, touch does not draw
    canvas.addEventListener("pointerdown", (event) => this.#down(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const kind of ["pointerup", "pointercancel"]) canvas.addEventListener(kind, (event) => this.#up(event));
    canvas.addEventListener("keydown", (event) => this.#key(event));
    canvas.addEventListener("blur", () => this.#hideCursor());
    new ResizeObserver(() => this.#resize()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    this.#resize();
  }

  get empty() { return !this.strokes.length; }
  get canUndo() { return this.undoStack.length > 0; }

  undo() {
    if (!this.undoStack.length) return;
    this.strokes = this.undoStack.pop();
    this.#endStrokes();
    this.#update();
  }

  clear() {
    if (this.empty) return;
    this.undoStack.push(this.strokes);
    this.strokes = [];
    this.#endStrokes();
    this.#update();
  }

  // The ink with a margin, black on white, as a PGM: {blob, x, y, width, height} in px of the pad.
  picture() {
    let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
    for (const { width, points } of this.strokes)
      for (const { x, y } of points) {
        [x0, y0] = [Math.min(x0, x - width / 2), Math.min(y0, y - width / 2)];
        [x1, y1] = [Math.max(x1, x + width / 2), Math.max(y1, y + width / 2)];
      }
    [x0, y0, x1, y1] = [Math.floor(x0) - MARGIN, Math.floor(y0) - MARGIN, Math.ceil(x1) + MARGIN, Math.ceil(y1) + MARGIN];
    const [w, h] = [x1 - x0, y1 - y0];
    const canvas = new OffscreenCanvas(w, h);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.fillStyle = "#fff";
    context.fillRect(0, 0, w, h);
    context.translate(-x0, -y0);
    paint(context, this.strokes, "#000");
    const pixels = context.getImageData(0, 0, w, h).data;
    const header = new TextEncoder().encode(`P5 ${w} ${h} 255\n`); // PGM: needs no compression
    const grey = new Uint8Array(header.length + w * h);
    grey.set(header);
    for (let i = 0; i < w * h; i += 1) grey[header.length + i] = pixels[4 * i];
    return { blob: new Blob([grey]), x: x0, y: y0, width: w, height: h };
  }

  draw() {
    const context = this.canvas.getContext("2d");
    context.setTransform(this.scale, 0, 0, this.scale, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    const colours = getComputedStyle(this.canvas);
    paint(context, this.strokes, colours.getPropertyValue("--stroke"));
    if (!this.cursor) return;
    context.strokeStyle = colours.getPropertyValue("--accent");
    context.lineWidth = 2;
    context.beginPath();
    context.arc(this.cursor.x, this.cursor.y, this.cursor.stroke ? 5 : 9, 0, 2 * Math.PI);
    context.stroke();
  }

  // Ends the strokes under way: undo, clear and a new size replace them.
  #endStrokes() {
    this.active.clear();
    if (this.cursor) this.cursor.stroke = null;
  }

  #begin(width) {
    this.undoStack.push(this.strokes);
    const stroke = { width, points: [] };
    this.strokes = [...this.strokes, stroke];
    return stroke;
  }

  #down(event) {
    if (event.button !== 0 || (event.pointerType === "touch" && event.timeStamp - this.penSeenAt < PALM_MS)) return;
    event.preventDefault();
    this.canvas.focus({ preventScroll: true, focusVisible: false });
    this.#hideCursor();
    this.canvas.setPointerCapture(event.pointerId);
    const stroke = this.#begin(this.width());
    stroke.points.push(this.#position(event));
    this.active.set(event.pointerId, stroke);
    this.#update(false);
  }

  #move(event) {
    if (event.pointerType === "pen") this.penSeenAt = event.timeStamp;
    const stroke = this.active.get(event.pointerId);
    if (!stroke) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length ? events : [event]) stroke.points.push(this.#position(each));
    this.#update(false);
  }

  #up(event) {
    if (this.active.delete(event.pointerId)) this.#update();
  }

  #position(event) {
    const box = this.canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  #key(event) {
    const direction = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    const box = this.canvas.getBoundingClientRect();
    if (direction && !event.ctrlKey && !event.metaKey && !event.altKey) {
      this.cursor ??= { x: box.width / 2, y: box.height / 3, stroke: null };
      const step = event.shiftKey ? 4 * STEP : STEP;
      this.cursor.x = Math.min(box.width, Math.max(0, this.cursor.x + step * direction[0]));
      this.cursor.y = Math.min(box.height, Math.max(0, this.cursor.y + step * direction[1]));
      this.cursor.stroke?.points.push({ x: this.cursor.x, y: this.cursor.y });
      if (this.cursor.stroke) this.#update(false);
      else this.draw();
    } else if (event.key === " ") {
      this.cursor ??= { x: box.width / 2, y: box.height / 3, stroke: null };
      if (this.cursor.stroke) this.cursor.stroke = null;
      else {
        this.cursor.stroke = this.#begin(this.width());
        this.cursor.stroke.points.push({ x: this.cursor.x, y: this.cursor.y });
      }
      this.#update(!this.cursor.stroke);
    } else return;
    event.preventDefault();
  }

  #hideCursor() {
    if (!this.cursor) return;
    const { stroke } = this.cursor;
    this.cursor = null;
    if (stroke) this.#update();
    else this.draw();
  }

  // Scales the drawing about its centre when the sheet changes its size (a phone is turned), keeping its shape.
  #scaleStrokes({ width, height }) {
    const before = this.size;
    this.size = { width, height };
    if (!before || (before.width === width && before.height === height)) return;
    const scale = Math.min(width / before.width, height / before.height);
    const scaled = (stroke) => ({
      width: stroke.width * scale,
      points: stroke.points.map(({ x, y }) => ({
        x: (x - before.width / 2) * scale + width / 2,
        y: (y - before.height / 2) * scale + height / 2,
      })),
    });
    const done = new Map();
    const all = (strokes) => strokes.map((stroke) => done.get(stroke) ?? done.set(stroke, scaled(stroke)).get(stroke));
    this.undoStack = this.undoStack.map(all);
    this.strokes = all(this.strokes);
    this.#endStrokes();
    if (!this.empty) this.changed(true);
  }

  #update(penUp = true) {
    this.draw();
    this.changed(penUp);
  }

  #resize() {
    const box = this.canvas.getBoundingClientRect();
    if (!box.width) return; // hidden behind another tab
    this.scale = window.devicePixelRatio || 1;
    this.#scaleStrokes(box);
    this.canvas.width = Math.round(box.width * this.scale);
    this.canvas.height = Math.round(box.height * this.scale);
    this.draw();
  }
}

// Draws strokes as curves through the midpoints between their points, without corners.
function paint(context, strokes, colour) {
  context.strokeStyle = context.fillStyle = colour;
  context.lineCap = context.lineJoin = "round";
  for (const { width, points } of strokes) {
    context.lineWidth = width;
    context.beginPath();
    const [first] = points;
    if (points.length === 1) {
      context.arc(first.x, first.y, width / 2, 0, 2 * Math.PI);
      context.fill();
      continue;
    }
    context.moveTo(first.x, first.y);
    for (let i = 1; i < points.length - 1; i += 1) {
      const [here, next] = [points[i], points[i + 1]];
      context.quadraticCurveTo(here.x, here.y, (here.x + next.x) / 2, (here.y + next.y) / 2);
    }
    const last = points.at(-1);
    context.lineTo(last.x, last.y);
    context.stroke();
  }
}
