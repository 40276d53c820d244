// The page: its tabs, and what each loads when it is first opened.

import { startDesk } from "./desk.js";
import { showRun } from "./run.js";
import { showTestSet } from "./test-set.js";

const tabs = [...document.querySelectorAll("[role=tab]")];
const opened = { draw: () => {}, test: once(() => showTestSet(desk)), run: once(showRun) };
const notice = document.getElementById("offline");

function complain(error) {
  notice.textContent = error.message;
  notice.hidden = false;
}

function wellAgain() {
  notice.hidden = true;
}

function once(show) {
  let shown = false;
  return async () => {
    if (shown) return;
    shown = true;
    try {
      await show();
    } catch (error) {
      shown = false;
      complain(error);
    }
  };
}

function open(tab, focus = true) {
  for (const other of tabs) {
    const chosen = other === tab;
    other.setAttribute("aria-selected", String(chosen));
    other.tabIndex = chosen ? 0 : -1;
    document.getElementById(other.getAttribute("aria-controls")).hidden = !chosen;
  }
  if (focus) tab.focus();
  const name = tab.getAttribute("aria-controls");
  history.replaceState(null, "", name === "draw" ? location.pathname : `#${name}`);
  opened[name]();
}

for (const [i, tab] of tabs.entries()) {
  tab.addEventListener("click", () => open(tab));
  tab.addEventListener("keydown", (event) => {
    const to = { ArrowLeft: i - 1, ArrowRight: i + 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    open(tabs[(to + tabs.length) % tabs.length]);
  });
}

const desk = startDesk({ complain, wellAgain });
const wanted = tabs.find((tab) => `#${tab.getAttribute("aria-controls")}` === location.hash);
if (wanted) open(wanted, false);
