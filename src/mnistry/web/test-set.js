// The second tab: the confusion matrix, the images behind it, and the map.

import { sprite, testSet } from "./server.js";

const $ = (id) => document.getElementById(id);
const SIDE = 28;
const COLOURS = ["#e6194b", "#3cb44b", "#c8a400", "#4363d8", "#f58231", "#911eb4", "#1fa5a5", "#e04fd0", "#7a8b1f", "#9a6324"];

export async function showTestSet(desk) {
  const [data, images] = await Promise.all([testSet(), sprite()]);
  const tile = (index, canvas = document.createElement("canvas")) => {
    canvas.width = canvas.height = SIDE;
    const [row, column] = [Math.floor(index / data.columns), index % data.columns];
    canvas.getContext("2d").drawImage(images, column * SIDE, row * SIDE, SIDE, SIDE, 0, 0, SIDE, SIDE);
    return canvas;
  };
  const wrong = data.total - data.correct;
  $("test-title").textContent = `${wrong} of ${data.total.toLocaleString("en")} test images are read wrong (${(100 * data.accuracy).toFixed(2)} % right)`;
  showMatrix(data, tile);
  showMistakes(data, tile);
  showMap(data, tile, desk);
}

function figure(data, tile, index) {
  const [truth, read] = [data.class_names[data.labels[index]], data.class_names[data.read[index]]];
  const one = document.createElement("figure");
  one.className = "tile";
  const canvas = tile(index);
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `test image ${index}, a ${truth}`);
  const words = document.createElement("figcaption");
  const sure = `${(100 * data.confidence[index]).toFixed(0)} %`;
  words.innerHTML = `${truth === read ? "<b></b>" : "<b></b> read as <b></b>"}<br>${sure} sure`;
  for (const [i, b] of words.querySelectorAll("b").entries()) b.textContent = i ? read : truth;
  one.append(canvas, words);
  return one;
}

function showMatrix(data, tile) {
  const names = data.class_names;
  const cells = names.map(() => names.map(() => []));
  data.labels.forEach((label, index) => cells[label][data.read[index]].push(index));
  const most = Math.max(1, ...cells.flatMap((row, i) => row.filter((_, j) => i !== j).map((cell) => cell.length)));
  const head = document.createElement("tr");
  head.append(document.createElement("td"), ...names.map((name) => heading(name, "col")));
  const rows = cells.map((row, i) => {
    const tr = document.createElement("tr");
    tr.append(heading(names[i], "row"), ...row.map((members, j) => cell(members, i, j)));
    return tr;
  });
  $("matrix").replaceChildren(head, ...rows);

  function cell(members, i, j) {
    const td = document.createElement("td");
    td.className = i === j ? "right" : members.length ? "" : "zero";
    if (!members.length) {
      td.textContent = "·";
      return td;
    }
    const button = document.createElement("button");
    button.textContent = members.length;
    button.style.setProperty("--share", `${Math.round(15 + (55 * members.length) / most)}%`);
    const said = i === j ? `${members.length} times a ${names[i]}, read right` : `${members.length} times a ${names[i]}, read as ${names[j]}`;
    button.setAttribute("aria-label", said);
    button.addEventListener("click", () => {
      const sorted = [...members].sort((a, b) => (i === j ? 1 : -1) * (data.confidence[a] - data.confidence[b]));
      $("cell-card").hidden = false;
      $("cell-title").textContent = `${said}${members.length > 120 ? "; the 120 least sure" : ""}`;
      $("cell").replaceChildren(...sorted.slice(0, 120).map((index) => figure(data, tile, index)));
      $("cell-title").focus();
      $("cell-card").scrollIntoView({ block: "nearest" });
    });
    td.append(button);
    return td;
  }
}

function heading(text, scope) {
  const th = document.createElement("th");
  th.textContent = text;
  th.scope = scope;
  return th;
}

function showMistakes(data, tile) {
  const wrong = [...data.labels.keys()].filter((index) => data.labels[index] !== data.read[index]);
  wrong.sort((a, b) => data.confidence[b] - data.confidence[a]);
  $("mistakes").replaceChildren(...wrong.map((index) => figure(data, tile, index)));
}

function showMap(data, tile, desk) {
  const canvas = $("map");
  const at = ([x, y]) => [12 + (x / 65535) * (canvas.clientWidth - 24), 12 + (y / 65535) * (canvas.clientHeight - 24)];

  const middles = data.class_names.map((_, label) => middle(data, label));

  function draw() {
    if (!canvas.clientWidth) return; // hidden behind another tab
    $("map-words").textContent = desk.place
      ? `Images that the network finds alike lie near each other. Yours lies among the ${nearestNames()}.`
      : "Images that the network finds alike lie near each other. Draw a digit, and it is put among them.";
    const scale = window.devicePixelRatio || 1;
    canvas.width = Math.round(canvas.clientWidth * scale);
    canvas.height = Math.round(canvas.clientHeight * scale);
    const context = canvas.getContext("2d");
    context.scale(scale, scale);
    context.globalAlpha = 0.65;
    const size = canvas.clientWidth > 600 ? 2.4 : 1.6;
    data.places.forEach((place, index) => {
      const [x, y] = at(place);
      context.fillStyle = COLOURS[data.labels[index] % COLOURS.length];
      context.fillRect(x - size / 2, y - size / 2, size, size);
    });
    context.globalAlpha = 1;
    const { color, backgroundColor } = getComputedStyle(canvas);
    context.font = "600 20px system-ui, sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineWidth = 5;
    for (const [label, name] of data.class_names.entries()) {
      const [x, y] = at(middles[label]);
      context.strokeStyle = backgroundColor;
      context.strokeText(name, x, y);
      context.fillStyle = color;
      context.fillText(name, x, y);
    }
    if (!desk.place) return;
    const [x, y] = at(desk.place);
    context.strokeStyle = color;
    context.lineWidth = 3;
    context.beginPath();
    context.arc(x, y, 11, 0, 2 * Math.PI);
    context.stroke();
    context.fillText("yours", x, y - 22);
  }

  // The classes of the images nearest to the drawn digit, the most frequent first.
  function nearestNames() {
    const names = desk.nearest.map((index) => data.class_names[data.labels[index]]);
    const often = [...new Set(names)].sort((a, b) => names.filter((n) => n === b).length - names.filter((n) => n === a).length);
    return often.map((name) => `${name}s`).join(" and ");
  }

  const pointed = (event) => {
    const box = canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    let [best, far] = [-1, 12 * 12];
    data.places.forEach((place, index) => {
      const [px, py] = at(place);
      const distance = (px - x) ** 2 + (py - y) ** 2;
      if (distance < far) [best, far] = [index, distance];
    });
    const under = $("under");
    under.hidden = best < 0;
    if (best < 0) return;
    const one = figure(data, tile, best);
    under.replaceChildren(...one.childNodes);
    under.style.left = `${Math.min(x + 14, box.width - 100)}px`;
    under.style.top = `${Math.min(y + 14, box.height - 130)}px`;
  };
  canvas.addEventListener("pointermove", pointed);
  canvas.addEventListener("pointerdown", pointed);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  canvas.addEventListener("pointerleave", () => ($("under").hidden = true));
  desk.moved = draw;
  new ResizeObserver(draw).observe(canvas);
}

// The median place of a class, where its name is written.
function middle(data, label) {
  const own = data.places.filter((_, index) => data.labels[index] === label);
  return [0, 1].map((axis) => own.map((place) => place[axis]).sort((a, b) => a - b)[Math.floor(own.length / 2)]);
}
