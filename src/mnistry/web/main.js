// The page: its tabs, and what each loads when it is first opened.

import { DrawTab } from "./draw-tab.js";
import { MapPosition } from "./test-map.js";
import { showRun } from "./run.js";
import { showTestSet } from "./test-set.js";

const $ = (id) => document.getElementById(id);
const tabs = [...document.querySelectorAll("[role=tab]")];
const mapPosition = new MapPosition();
const load = { draw: () => {}, test: once(() => showTestSet(mapPosition)), run: once(showRun) };

const notice = {
  showError(error) {
    $("notice").textContent = error.message;
    $("notice").hidden = false;
  },
  clearError() {
    $("notice").hidden = true;
  },
};

// Loads a tab when it is first opened; after an error, again when it is next opened.
function once(show) {
  let loaded = false;
  return async () => {
    if (loaded) return;
    loaded = true;
    try {
      await show();
    } catch (error) {
      loaded = false;
      notice.showError(error);
    }
  };
}

function openTab(tab, focus = true) {
  for (const other of tabs) {
    other.setAttribute("aria-selected", String(other === tab));
    other.tabIndex = other === tab ? 0 : -1;
    $(other.getAttribute("aria-controls")).hidden = other !== tab;
  }
  if (focus) tab.focus();
  const name = tab.getAttribute("aria-controls");
  history.replaceState(null, "", name === "draw" ? location.pathname : `#${name}`);
  load[name]();
}

for (const [i, tab] of tabs.entries()) {
  tab.addEventListener("click", () => openTab(tab));
  tab.addEventListener("keydown", (event) => {
    const target = { ArrowLeft: i - 1, ArrowRight: i + 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    openTab(tabs[(target + tabs.length) % tabs.length]);
  });
}

new DrawTab({ notice, mapPosition });
const linked = tabs.find((tab) => `#${tab.getAttribute("aria-controls")}` === location.hash);
if (linked) openTab(linked, false);
