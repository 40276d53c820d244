// The probabilities of one digit, a bar for each class.

export const percent = (share) => `${(100 * share).toFixed(share > 0.9995 ? 0 : 1)} %`;

// Shows a digit's probabilities in a list; hides the list for a rejected piece, which has none.
export function showProbabilities(list, { value, probabilities }) {
  list.hidden = !probabilities;
  if (!probabilities) return;
  const entries = Object.entries(probabilities);
  if (list.children.length !== entries.length) list.replaceChildren(...entries.map(bar));
  for (const [i, [name, share]] of entries.entries()) {
    const row = list.children[i];
    row.className = name === value ? "best" : "";
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
