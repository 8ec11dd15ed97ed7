// <details> work by themselves. This opens the one that holds the part an address points to, keeps the state of those
// with an id while the tab lives, opens all for printing, and closes menus of cards when the reader goes elsewhere.
const key = (details) => `disclosure:${location.pathname}:${details.id}`;

function revealTarget() {
  const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let node = target; node; node = node.parentElement) {
    if (node instanceof HTMLDetailsElement) {
      node.open = true;
    }
  }
  if (target) {
    target.scrollIntoView({ block: "nearest" });
  }
}

function remembered(read) {
  try {
    return read(sessionStorage);
  } catch {
    return null;
  }
}

for (const details of document.querySelectorAll("details[data-disclosure][id]")) {
  const before = remembered((store) => store.getItem(key(details)));
  if (before !== null) {
    details.open = before === "open";
  }
  details.addEventListener("toggle", () => {
    remembered((store) => store.setItem(key(details), details.open ? "open" : "closed"));
  });
}

let openedForPrint = [];
addEventListener("beforeprint", () => {
  openedForPrint = [...document.querySelectorAll("details[data-disclosure]:not([open])")];
  for (const details of openedForPrint) {
    details.open = true;
  }
});
addEventListener("afterprint", () => {
  for (const details of openedForPrint) {
    details.open = false;
  }
});

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.task-move[open]")) {
    if (!menu.contains(event.target)) {
      menu.open = false;
    }
  }
});
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && event.target.closest?.("details.task-move[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

for (const summary of document.querySelectorAll("[data-focus-on-load]")) {
  summary.focus();
}

addEventListener("hashchange", revealTarget);
revealTarget();
