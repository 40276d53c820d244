// A confusion matrix whose cells open the images behind their counts. The page imports this module, and
// evaluation/report.py writes it into the report: it imports nothing and loads nothing.

const TILES_AT_ONCE = 120;
const DIRECTIONS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }; // rows, columns
const FAINTEST = 0.12; // the shade of an error that is rare, of 1 for the most frequent

export class ConfusionMatrix {
  #tabStop = null; // the only cell in the tab order, since there may be thousands: arrow keys move it
  #opened = 0; // counts the cells opened: images that arrive for an earlier one are dropped

  // Fills `table`; `panel`, whose first child is a heading, shows the images of the open cell.
  //   names: of the classes
  //   classes: for each true class, {members, read, confidence} of its images, lists of the same length:
  //     the image's index, the predicted class and its confidence
  //   loadTiles: true class → promise of a function that draws an image on a canvas, by its position in `members`
  //   numbered: whether a cell has room for its count
  constructor(table, panel, { names, classes, loadTiles, numbered = true }) {
    Object.assign(this, { table, panel, names, classes, loadTiles, numbered });
    this.#build();
    table.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button) this.#open(button);
    });
    table.addEventListener("keydown", (event) => this.#moveFocus(event));
  }

  #build() {
    const { names, table } = this;
    const counts = this.classes.map(({ read }) => countBy(read, names.length));
    const shares = counts.map(errorShares);
    const largest = Math.max(...shares.map((row) => Math.max(...row)));
    const shade = (i, j) => FAINTEST + ((1 - FAINTEST) * shares[i][j]) / largest;
    const header = element("tr", {}, [element("td"), ...names.map((name) => heading(name, "col", `read as ${name}`))]);
    const rows = counts.map((row, i) => {
      const cells = row.map((count, j) => (count ? this.#cell(count, i, j, shade) : element("td")));
      return element("tr", {}, [heading(names[i], "row", `is ${names[i]}`), ...cells]);
    });
    table.className = this.numbered ? "matrix" : "matrix dense";
    table.style.setProperty("--classes", names.length);
    table.style.setProperty("--longest-name", Math.max(...names.map((name) => name.length)));
    table.replaceChildren(element("thead", {}, [header]), element("tbody", {}, rows));
    this.#setTabStop(table.querySelector("button"));
  }

  #cell(count, row, column, shade) {
    const button = element("button", { type: "button", tabIndex: -1, textContent: this.numbered ? count : "" });
    Object.assign(button.dataset, { row, column });
    button.setAttribute("aria-label", this.#describe(count, row, column));
    button.setAttribute("aria-expanded", "false");
    button.setAttribute("aria-controls", this.panel.id);
    const cell = element("td", { className: row === column ? "right" : "wrong" }, [button]);
    if (row !== column) cell.style.setProperty("--shade", shade(row, column).toFixed(3));
    return cell;
  }

  #describe(count, row, column) {
    const images = `${count.toLocaleString("en")} ${count === 1 ? "image" : "images"} of ${this.names[row]}`;
    return row === column ? `${images}, read right` : `${images}, read as ${this.names[column]}`;
  }

  #setTabStop(button) {
    if (this.#tabStop) this.#tabStop.tabIndex = -1;
    if (button) button.tabIndex = 0;
    this.#tabStop = button;
  }

  // To the next cell with images in the direction of an arrow key.
  #moveFocus(event) {
    const direction = DIRECTIONS[event.key];
    if (!direction || !this.#tabStop || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    let [row, column] = [Number(this.#tabStop.dataset.row), Number(this.#tabStop.dataset.column)];
    let cell;
    do {
      [row, column] = [row + direction[0], column + direction[1]];
      cell = this.table.tBodies[0].rows[row]?.cells[column + 1]; // the first one is the row's heading
    } while (cell && !cell.querySelector("button"));
    if (!cell) return;
    this.#setTabStop(cell.querySelector("button"));
    this.#tabStop.focus();
  }

  async #open(button) {
    const opened = (this.#opened += 1);
    this.#setTabStop(button);
    for (const other of this.table.querySelectorAll("[aria-expanded=true]")) other.setAttribute("aria-expanded", "false");
    button.setAttribute("aria-expanded", "true");
    const [row, column] = [Number(button.dataset.row), Number(button.dataset.column)];
    const draw = await this.loadTiles(row);
    if (opened !== this.#opened) return;
    const positions = this.#sorted(row, column);
    const order = row === column ? "the least sure first" : "the most confident first";
    const title = this.#describe(positions.length, row, column) + (positions.length > 1 ? `, ${order}` : "");
    this.#show(title, positions.map((position) => () => this.#tile(row, position, draw)));
  }

  // The images of a cell. Worth a look are those read right that are nearly wrong, and the surest mistakes.
  #sorted(row, column) {
    const { read, confidence } = this.classes[row];
    const sign = row === column ? 1 : -1;
    const positions = [...read.keys()].filter((position) => read[position] === column);
    return positions.sort((a, b) => sign * (confidence[a] - confidence[b]));
  }

  #show(title, tiles) {
    const list = element("ul", { className: "tiles" });
    const more = element("button", { type: "button", className: "more", textContent: "Show more" });
    const showMore = () => {
      list.append(...tiles.splice(0, TILES_AT_ONCE).map((make) => make()));
      more.hidden = !tiles.length;
    };
    more.addEventListener("click", showMore);
    showMore();
    const heading = this.panel.firstElementChild; // kept: as a live region, its changes are read out
    heading.textContent = title;
    this.panel.replaceChildren(heading, list, more);
    if (list.scrollHeight > list.clientHeight) list.tabIndex = 0; // so that keys can scroll it
    heading.scrollIntoView({ block: "nearest" });
  }

  #tile(row, position, draw) {
    const { members, confidence } = this.classes[row];
    const canvas = tileCanvas(`image ${members[position]}, of ${this.names[row]}`);
    draw(canvas, position);
    return element("li", {}, [canvas, `${Math.round(100 * confidence[position])} % sure`]);
  }
}

// A canvas for one image, to be drawn on.
export function tileCanvas(label) {
  const canvas = element("canvas", { title: label });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", label);
  return canvas;
}

// Draws one of a sprite's equal tiles, counted row by row.
export function drawTile(canvas, sprite, index, { columns, width, height }) {
  Object.assign(canvas, { width, height });
  const [x, y] = [(index % columns) * width, Math.floor(index / columns) * height];
  canvas.getContext("2d").drawImage(sprite, x, y, width, height, 0, 0, width, height);
}

function countBy(values, length) {
  const counts = new Array(length).fill(0);
  for (const value of values) counts[value] += 1;
  return counts;
}

// Each error's share of its row, 0 on the diagonal.
function errorShares(counts, row) {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count, column) => (column === row || !count ? 0 : count / total));
}

function heading(textContent, scope, title) {
  return element("th", { scope, title, textContent });
}

function element(name, properties = {}, children = []) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}
