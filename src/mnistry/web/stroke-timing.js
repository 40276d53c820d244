// Measures the time from pen up until a result is on the screen, for benchmarks/latency.py.

let strokes = 0;

export const currentStroke = () => strokes;

export function markPenUp() {
  strokes += 1;
  performance.clearMarks("pen up");
  performance.clearMeasures();
  performance.mark("pen up");
}

// Records the measure `name` after the next frame, unless another stroke has ended since `stroke`.
export function measureSince(stroke, name) {
  if (strokes && stroke === strokes)
    requestAnimationFrame(() => setTimeout(() => performance.measure(name, "pen up")));
}
