// The grid of data: a block copied from a spreadsheet is pasted over its cells, arrows move between them, and nobody
// leaves with something unsaved without being asked.
const form = document.querySelector("form#datos");
const grid = form?.querySelector("[data-grid]");
const unsaved = form?.querySelector("[data-unsaved]");
let sending = false;

const rows = () =>
  [...grid.querySelectorAll("tr")].map((row) => [...row.querySelectorAll("[data-cell]")]).filter((cells) => cells.length);

function placeOf(cell) {
  const all = rows();
  const row = all.findIndex((cells) => cells.includes(cell));
  return { all, row, column: row < 0 ? -1 : all[row].indexOf(cell) };
}

function mark() {
  let changed = 0;
  for (const cell of grid.querySelectorAll("[data-cell]")) {
    const isChanged = cell.value.trim() !== cell.defaultValue.trim();
    cell.classList.toggle("is-changed", isChanged);
    changed += isChanged ? 1 : 0;
  }
  unsaved.hidden = changed === 0;
  return changed;
}

function paste(event) {
  const cell = event.target.closest?.("[data-cell]");
  const text = event.clipboardData?.getData("text/plain") ?? "";
  if (!cell || !/[\t\n]/.test(text.replace(/\r?\n$/, ""))) {
    return; // one figure: the browser pastes it
  }
  event.preventDefault();
  const { all, row, column } = placeOf(cell);
  const lines = text.replace(/\r/g, "").replace(/\n$/, "").split("\n");
  for (const [down, line] of lines.entries()) {
    for (const [right, figure] of line.split("\t").entries()) {
      const target = all[row + down]?.[column + right];
      if (target && figure.trim() !== "") {
        target.value = figure.trim();
      }
    }
  }
  mark();
}

function move(event) {
  const cell = event.target.closest?.("[data-cell]");
  const step = { ArrowDown: 1, ArrowUp: -1, Enter: 1 }[event.key];
  if (!cell || !step || event.ctrlKey || event.altKey || event.metaKey) {
    return;
  }
  const { all, row, column } = placeOf(cell);
  const target = all[row + step]?.[column];
  if (target) {
    event.preventDefault();
    target.focus();
    target.select();
  }
}

if (grid && unsaved) {
  form.querySelector("[data-paste-hint]").hidden = false;
  grid.addEventListener("paste", paste);
  grid.addEventListener("keydown", move);
  grid.addEventListener("input", mark);
  form.addEventListener("submit", () => {
    sending = true;
  });
  window.addEventListener("beforeunload", (event) => {
    if (!sending && mark()) {
      event.preventDefault();
    }
  });
  mark();
}
