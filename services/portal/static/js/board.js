// Drags the cards of a board to another place or column: with the mouse from anywhere on the card, with a finger by its
// handle. The buttons under "Mover" stay, for the keyboard and where this does not run.
//   <div class="board" data-drag data-csrf="…" data-words…> … [data-state] columns … li[data-task] cards
// What the server refuses goes back to where it was, and the page says why.
const API = "/api/v1/workspace/tasks";
const BEGINS = 6; // pixels of movement after which a press is a drag
const EDGE = 56; // pixels from an edge within which the board or the page scrolls along
const STEP = 14;
const board = document.querySelector("[data-drag]");
let held = null; // what is pressed or dragged
let saving = 0;

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
const say = (text, lasting = false) => document.dispatchEvent(new CustomEvent("portal:say", { detail: { text, lasting } }));
const columnOf = (card) => card.closest("[data-state]");
const nameOf = (card) => card.querySelector(".task-title").textContent.trim();
const titleOf = (column) => column.querySelector(".board-column-title").firstChild.textContent.trim();
const cardsOf = (column) => [...column.querySelectorAll("[data-task]")];

// A column without cards has no list yet; one that lost its last card says so again.
function tidy() {
  for (const column of board.querySelectorAll("[data-state]")) {
    const list = column.querySelector(".board-list") ?? Object.assign(document.createElement("ul"), { className: "board-list" });
    if (!list.isConnected) {
      column.append(list);
    }
    const cards = cardsOf(column);
    let empty = column.querySelector(".board-empty");
    if (!empty) {
      empty = Object.assign(document.createElement("p"), { className: "board-empty", textContent: board.dataset.empty });
      list.before(empty);
    }
    empty.hidden = list.childElementCount > 0;
    const more = Number(column.dataset.more ?? 0);
    column.querySelector(".count").textContent = String(cards.length + more);
  }
}

function press(event) {
  const card = event.target.closest("[data-task]");
  const byHandle = event.target.closest(".task-handle");
  if (!card || held || event.button !== 0 || !event.isPrimary || card.dataset.saving) {
    return;
  }
  if (!byHandle && (event.pointerType === "touch" || event.target.closest("details, button, input"))) {
    return;
  }
  held = { card, pointer: event.pointerId, x: event.clientX, y: event.clientY, list: card.parentElement, next: card.nextElementSibling };
  if (byHandle) {
    event.preventDefault();
  }
}

function begin() {
  const { card } = held;
  const box = card.getBoundingClientRect();
  const ghost = card.cloneNode(true);
  ghost.className = "task task-ghost";
  ghost.removeAttribute("data-task");
  ghost.setAttribute("aria-hidden", "true");
  for (const part of ghost.querySelectorAll("details, .task-handle")) {
    part.remove();
  }
  ghost.style.width = `${box.width}px`;
  document.body.append(ghost);
  board.setPointerCapture(held.pointer); // the card itself changes its place while it is held
  Object.assign(held, { ghost, left: held.x - box.left, top: held.y - box.top });
  card.classList.add("is-dragged");
  document.documentElement.classList.add("is-dragging");
  getSelection()?.removeAllRanges();
  tidy();
  held.timer = setInterval(scrollAlong, 30);
}

function follow(event) {
  if (!held || event.pointerId !== held.pointer) {
    return;
  }
  held.at = { x: event.clientX, y: event.clientY };
  if (!held.ghost) {
    if (Math.hypot(held.at.x - held.x, held.at.y - held.y) < BEGINS) {
      return;
    }
    begin();
  }
  show();
}

function show() {
  const { at, ghost, card } = held;
  ghost.style.transform = `translate(${at.x - held.left}px, ${at.y - held.top}px)`;
  const column = columnAt(at.x);
  if (!column) {
    return;
  }
  for (const one of board.querySelectorAll(".is-target")) {
    one.classList.toggle("is-target", one === column);
  }
  column.classList.add("is-target");
  const below = cardsOf(column).find((one) => {
    const box = one.getBoundingClientRect();
    return one !== card && at.y < box.top + box.height / 2;
  });
  const list = column.querySelector(".board-list");
  const rest = [...list.children].find((one) => !one.dataset.task) ?? null; // the link to what is not shown
  const before = below ?? rest;
  if (card.parentElement !== list || (card.nextElementSibling !== before && before !== card)) {
    list.insertBefore(card, before);
    tidy();
  }
}

function columnAt(x) {
  const columns = [...board.querySelectorAll("[data-state]")];
  return columns.find((column) => {
    const box = column.getBoundingClientRect();
    return x >= box.left && x <= box.right;
  });
}

function scrollAlong() {
  const { at } = held ?? {};
  if (!at) {
    return;
  }
  const box = board.getBoundingClientRect();
  const across = at.x > box.right - EDGE ? STEP : at.x < box.left + EDGE ? -STEP : 0;
  const down = at.y > innerHeight - EDGE ? STEP : at.y < EDGE ? -STEP : 0;
  if (across || down) {
    board.scrollLeft += across;
    scrollBy(0, down);
    show();
  }
}

// Ends the drag; `back` puts the card where it was.
function letGo(back) {
  const { card, ghost, list, next, timer } = held;
  held = null;
  clearInterval(timer);
  document.documentElement.classList.remove("is-dragging");
  for (const one of board.querySelectorAll(".is-target")) {
    one.classList.remove("is-target");
  }
  if (!ghost) {
    return;
  }
  ghost.remove();
  card.classList.remove("is-dragged");
  if (back) {
    putBack(card, list, next);
  }
}

function putBack(card, list, next) {
  list.insertBefore(card, next?.parentElement === list ? next : null);
  tidy();
}

function drop(event) {
  if (!held || event.pointerId !== held.pointer) {
    return;
  }
  const { card, ghost, list, next } = held;
  letGo(false);
  if (!ghost) {
    return;
  }
  addEventListener("click", stop, { capture: true, once: true }); // the press was no click on the title
  setTimeout(() => removeEventListener("click", stop, { capture: true }), 0);
  if (card.parentElement !== list || card.nextElementSibling !== next) {
    save(card, list, next);
  }
}

function stop(event) {
  event.preventDefault();
  event.stopPropagation();
}

async function save(card, list, next) {
  const column = columnOf(card);
  const after = card.previousElementSibling?.dataset.task ?? null;
  card.dataset.saving = "yes";
  saving += 1;
  board.setAttribute("aria-busy", "true");
  let problem = "";
  let answer = null;
  try {
    answer = await fetch(`${API}/${card.dataset.task}/move`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRF-Token": board.dataset.csrf },
      body: JSON.stringify({ state: column.dataset.state, after }),
    });
    if (!answer.ok) {
      problem = { 401: "signedOut", 403: "forbidden", 404: "gone", 422: "changed" }[answer.status] ?? "failed";
      if (problem === "forbidden" && !(await isSameSession())) {
        problem = "signedOut"; // somebody has signed in anew since, who may be another person
      }
    }
  } catch {
    problem = "offline";
  }
  delete card.dataset.saving;
  saving -= 1;
  if (problem) {
    putBack(card, list, next);
    card.classList.add("is-refused");
    say(fill(board.dataset[problem], { title: nameOf(card) }), true);
  } else {
    say(fill(board.dataset.moved, { title: nameOf(card), column: titleOf(column) }));
  }
  if (answer && problem !== "signedOut") {
    await renew(problem ? card.dataset.task : null);
  }
  if (!saving) {
    board.removeAttribute("aria-busy");
  }
}

async function isSameSession() {
  const me = await fetch("/auth/me", { headers: { Accept: "application/json" }, cache: "no-store" });
  return me.ok && (await me.json()).csrf_token === board.dataset.csrf;
}

// The columns as the server has them now: what others moved, and where each card may go.
async function renew(refused) {
  if (saving || held) {
    return;
  }
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-drag]");
    if (fresh && !saving && !held && !board.contains(document.activeElement?.closest("details"))) {
      board.replaceChildren(...fresh.childNodes);
      board.querySelector(`[data-task="${refused}"]`)?.classList.add("is-refused");
    }
  } catch {
    // what is shown is right, but for what others did
  }
}

if (board) {
  board.dataset.ready = "yes";
  board.addEventListener("pointerdown", press);
  board.addEventListener("dragstart", (event) => event.preventDefault());
  document.addEventListener("pointermove", follow);
  document.addEventListener("pointerup", drop);
  document.addEventListener("pointercancel", (event) => held?.pointer === event.pointerId && letGo(true));
  addEventListener("blur", () => held && letGo(true));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && held) {
      event.preventDefault();
      letGo(true);
    }
  });
}
