// The ways in which a picture is opened: a file chooser, the clipboard, drag and drop, the camera.

import { addCamera } from "./camera.js";

const $ = (id) => document.getElementById(id);

// `open` is called with each picture file, or undefined if none was chosen.
export function acceptPictures({ open, notice }) {
  addFileChooser(open);
  addCamera({ open, notice });
  document.addEventListener("paste", (event) => {
    const file = [...event.clipboardData.files].find(({ type }) => /^image\/|^application\/pdf$/.test(type));
    if (file) open(file);
  });
  addDropTarget(open);
}

function addFileChooser(open) {
  $("open").addEventListener("click", () => $("file").click());
  $("file").addEventListener("change", () => {
    open($("file").files[0]);
    $("file").value = ""; // so that the same file can be chosen again
  });
}

function addDropTarget(open) {
  for (const type of ["dragenter", "dragover"])
    document.addEventListener(type, (event) => {
      event.preventDefault();
      $("sheet").classList.add("dropping");
    });
  for (const type of ["dragleave", "drop"])
    document.addEventListener(type, (event) => {
      event.preventDefault();
      if (type === "drop" || !event.relatedTarget) $("sheet").classList.remove("dropping");
    });
  document.addEventListener("drop", (event) => open(event.dataTransfer.files[0]));
}
