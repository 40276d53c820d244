// The third tab: the model's facts, its scores, its training curves, and its card.

import { fetchRun } from "./server.js";

const $ = (id) => document.getElementById(id);
const percent = (share) => `${(100 * share).toFixed(2)} %`;
const SVG = "http://www.w3.org/2000/svg";

export async function showRun() {
  const about = await fetchRun();
  const metadata = about.metadata;
  const validation = metadata.validation ?? {};
  const recipe = metadata.recipe ?? {};
  const sources = (recipe.sources ?? []).map((source) => SOURCES[source] ?? source);
  const facts = {
    model: about.bundled ? "the bundled network" : about.model,
    recipe: recipe.name && `${recipe.name}${metadata.seed == null ? "" : `, seed ${metadata.seed}`}, ${metadata.epochs} epochs`,
    parameters: metadata.parameters?.toLocaleString("en"),
    file: `${(about.bytes / 1e6).toFixed(2)} MB`,
    "trained on": metadata.data?.train && `${metadata.data.train.toLocaleString("en")} images of ${metadata.data.name}${sources.length ? `, and ${sources.join(", ")}` : ""}`,
    "validation images right": validation.accuracy && `${percent(validation.accuracy)} of ${validation.total?.toLocaleString("en")}`,
    temperature: metadata.temperature?.toFixed?.(3),
    "rejection threshold": metadata.rejection?.threshold?.toFixed && `${metadata.rejection.threshold.toFixed(2)} (${metadata.rejection.score})`,
    mnistry: about.version,
  };
  $("facts").replaceChildren(...Object.entries(facts).filter(([, value]) => value).flatMap(fact));
  if (about.history.length > 1) {
    $("curves-card").hidden = false;
    $("curves").replaceChildren(
      curve("loss", about.history, "loss", "validation_loss"),
      curve("accuracy", about.history, "accuracy", "validation_accuracy"),
    );
  }
  if (about.card) {
    $("model-card").hidden = false;
    $("model-card").innerHTML = about.card; // trusted: the server renders it from its package's card
  }
}

// A recipe's sources of images beside the data set, by their names in the metadata.
const SOURCES = { "hands": "school handwriting", fonts: "handwriting fonts", cuts: "parts of touching digits", nondigits: "non-digits" };

// What the table's terms mean, for readers who have never trained a network.
const EXPLANATIONS = {
  recipe: "how it was trained; the same seed gives the same random numbers. An epoch is one pass over all training images",
  parameters: "the numbers that training sets",
  "validation images right": "of images that are held out from training, to choose by",
  temperature: "the network's outputs are divided by it, so that of digits read with 90 % confidence, nine in ten are right",
  "rejection threshold": "ink whose score, over all ten digits, is lower is not a digit",
};

function fact([name, value]) {
  const definition = element("dd", value);
  if (EXPLANATIONS[name]) definition.append(Object.assign(element("span", EXPLANATIONS[name]), { className: "quiet" }));
  return [element("dt", name), definition];
}

function element(name, text) {
  const one = document.createElement(name);
  one.textContent = text;
  return one;
}

function curve(name, rows, train, validation) {
  const [width, height, left, bottom] = [360, 220, 46, 26];
  const values = rows.flatMap((row) => [row[train], row[validation]]).filter(Number.isFinite);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const x = (i) => left + (i / (rows.length - 1)) * (width - left - 8);
  const y = (value) => 8 + (1 - (value - low) / (high - low || 1)) * (height - bottom - 8);
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `${name} by epoch: ${validation.replace("_", " ")} ends at ${rows.at(-1)[validation]}`);
  const add = (kind, attributes, text) => {
    const one = document.createElementNS(SVG, kind);
    for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value);
    if (text) one.textContent = text;
    svg.append(one);
  };
  for (const value of [low, (low + high) / 2, high]) {
    add("line", { class: "axis", x1: left, x2: width - 8, y1: y(value), y2: y(value) });
    add("text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" }, value.toPrecision(3));
  }
  add("text", { x: width / 2, y: height - 6, "text-anchor": "middle" }, `${name}, by epoch 1 to ${rows.length}`);
  for (const [kind, key] of [["train", train], ["validation", validation]]) {
    const points = rows.flatMap((row, i) => (Number.isFinite(row[key]) ? `${x(i)},${y(row[key])}` : [])).join(" ");
    add("polyline", { class: kind, points });
  }
  for (const [i, kind] of ["train", "validation"].entries()) {
    const legendY = height / 2 + 16 * i;
    add("line", { class: kind, x1: width - 96, x2: width - 78, y1: legendY - 4, y2: legendY - 4 });
    add("text", { x: width - 72, y: legendY }, kind);
  }
  return svg;
}
