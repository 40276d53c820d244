// The second tab: the confusion matrix of the test images, the mistakes, and the map.

import { ConfusionMatrix, drawTile, tileCanvas } from "./confusion-matrix.js";
import { fetchSprite, fetchTestSet } from "./server.js";
import { TestMap } from "./test-map.js";

const $ = (id) => document.getElementById(id);
const SIDE = 28; // px of an image

export async function showTestSet(mapPosition) {
  const [data, sprite] = await Promise.all([fetchTestSet(), fetchSprite()]);
  const draw = (canvas, index) => drawTile(canvas, sprite, index, { columns: data.columns, width: SIDE, height: SIDE });
  const wrong = data.total - data.correct;
  $("test-title").textContent = `${wrong} of ${data.total.toLocaleString("en")} test images are read wrong (${(100 * data.accuracy).toFixed(2)} % right)`;
  const classes = byClass(data);
  new ConfusionMatrix($("matrix"), $("cell"), {
    names: data.class_names,
    classes,
    loadTiles: async (label) => (canvas, position) => draw(canvas, classes[label].members[position]),
  });
  const tile = (index) => tileContents(data, draw, index);
  showMistakes(data, tile);
  new TestMap($("map"), { data, position: mapPosition, tile });
}

// For each true class, its images' indices, predictions and confidences.
function byClass({ class_names, labels, read, confidence }) {
  const classes = class_names.map(() => ({ members: [], read: [], confidence: [] }));
  for (const [index, label] of labels.entries()) {
    classes[label].members.push(index);
    classes[label].read.push(read[index]);
    classes[label].confidence.push(confidence[index]);
  }
  return classes;
}

// An image, its class, what it was read as, and how sure the network was.
function tileContents(data, draw, index) {
  const [label, read] = [data.class_names[data.labels[index]], data.class_names[data.read[index]]];
  const canvas = tileCanvas(`image ${index}, of ${label}`);
  draw(canvas, index);
  const caption = document.createElement("span");
  caption.append(bold(label), ...(label === read ? [] : [" read as ", bold(read)]));
  const sure = `${Math.round(100 * data.confidence[index])} % sure`;
  return [canvas, caption, document.createElement("br"), sure];
}

function bold(text) {
  return Object.assign(document.createElement("b"), { textContent: text });
}

function showMistakes(data, tile) {
  const mistakes = [...data.labels.keys()].filter((index) => data.labels[index] !== data.read[index]);
  mistakes.sort((a, b) => data.confidence[b] - data.confidence[a]);
  $("mistakes").replaceChildren(
    ...mistakes.map((index) => {
      const item = document.createElement("li");
      item.append(...tile(index));
      return item;
    }),
  );
}
