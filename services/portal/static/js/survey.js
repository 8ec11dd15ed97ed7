// Saves a respondent's answer as it changes. The browser's store is a queue, not the record: what the server has not
// taken yet waits there under the person's own id, so that it never leaves under another person's name.
const form = document.querySelector("form[data-survey]");
const TYPING_PAUSE = 900;
const FIRST_RETRY = 4000;
const LONGEST_RETRY = 60000;

const { survey: endpoint, user, place, measure, next, previous } = form.dataset;
const words = document.querySelector("[data-survey-words]").dataset;
const state = document.querySelector("[data-save-state]");
const storeName = `survey:${user}:${place}`;
const zoneless = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });

let csrf = form.dataset.csrf;
let revision = Number(form.elements.base_revision.value);
let memory = null; // when the store is closed to us
let typing = 0;
let retry = 0;
let pause = FIRST_RETRY;
let stopped = false; // the server refused: repeating would change nothing
let outcome = "nothing"; // of the last try to send

function newQueue() {
  return { client: crypto.randomUUID(), seq: 0, waiting: {}, sent: null, known: {} };
}

function readQueue() {
  try {
    return JSON.parse(localStorage.getItem(storeName)) ?? memory ?? newQueue();
  } catch {
    return memory ?? newQueue();
  }
}

function writeQueue(queue) {
  memory = queue;
  try {
    localStorage.setItem(storeName, JSON.stringify(queue)); // empty too: the server remembers this device's numbers
  } catch {
    // Full or closed: this page still holds it.
  }
}

function waitingCount(queue) {
  const codes = new Set(Object.keys(queue.waiting));
  for (const answer of queue.sent?.answers ?? []) {
    codes.add(answer.measure);
  }
  return codes.size;
}

function say(text, tone = "plain", link = null) {
  state.dataset.tone = tone;
  state.textContent = text;
  if (link) {
    const anchor = document.createElement("a");
    anchor.href = link.href;
    anchor.textContent = link.text;
    state.append(" ", anchor);
  }
}

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

function chosen() {
  const level = new FormData(form).get("level");
  if (level === null) {
    return null;
  }
  return /^\d+$/.test(level) ? { level: Number(level), flag: null } : { level: null, flag: level };
}

function show(answer) {
  const value = answer.flag ?? String(answer.level);
  for (const radio of form.querySelectorAll('input[name="level"]')) {
    radio.checked = radio.value === value;
  }
  form.elements.comment.value = answer.comment ?? "";
}

// Put what is on the page into the queue. A change of an answer that still waits rests on the same revision.
function keep() {
  const answer = chosen();
  if (!answer) {
    return false;
  }
  const queue = readQueue();
  const before = queue.waiting[measure];
  queue.waiting[measure] = {
    measure,
    ...answer,
    comment: form.elements.comment.value.trim() || null,
    base_revision: before ? before.base_revision : revision,
    stamp: Date.now() + Math.random(),
  };
  writeQueue(queue);
  stopped = false;
  return true;
}

// One call at a time, over all tabs of this browser.
function alone(work) {
  return navigator.locks ? navigator.locks.request(storeName, work) : work();
}

function nextBatch() {
  const queue = readQueue();
  if (!queue.sent) {
    const answers = Object.values(queue.waiting);
    if (!answers.length) {
      return null;
    }
    queue.seq += 1;
    queue.sent = { answers, client_seq: queue.seq };
    writeQueue(queue);
  }
  return queue;
}

function body(queue) {
  const answers = queue.sent.answers.map(({ stamp, ...answer }) => answer);
  return JSON.stringify({ answers, client_id: queue.client, client_seq: queue.sent.client_seq });
}

function call(queue) {
  const sent = body(queue);
  return fetch(endpoint, {
    method: "PATCH",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf, Accept: "application/json" },
    body: sent,
    credentials: "same-origin",
    redirect: "error",
    keepalive: sent.length < 15000, // browsers allow little in a call that outlives its page
  });
}

// What the server took leaves the queue; what was changed meanwhile rests on the new revision.
function settle(told) {
  const queue = readQueue();
  const sent = queue.sent?.answers ?? [];
  queue.sent = null;
  const known = new Map([...told.saved, ...told.conflicts].map((one) => [one.measure, one.revision]));
  queue.known ??= {};
  for (const { measure: code, revision: number } of told.saved) {
    const { level, flag, comment } = sent.find((one) => one.measure === code) ?? {};
    queue.known[code] = { revision: number, level, flag, comment };
  }
  for (const answer of sent) {
    const waiting = queue.waiting[answer.measure];
    if (waiting && waiting.stamp === answer.stamp) {
      delete queue.waiting[answer.measure];
    } else if (waiting && known.has(answer.measure)) {
      waiting.base_revision = known.get(answer.measure);
    }
  }
  writeQueue(queue);
  if (known.has(measure)) {
    revision = known.get(measure);
    form.elements.base_revision.value = String(revision);
  }
  if (told.saved.some((one) => one.measure === measure)) {
    document.querySelector("[data-conflict]").replaceChildren(); // it is decided
  }
  return told.conflicts;
}

function unsend() {
  const queue = readQueue();
  queue.sent = null;
  writeQueue(queue);
}

async function showConflicts(conflicts) {
  const here = conflicts.some((one) => one.measure === measure);
  if (!here) {
    const [first] = conflicts;
    const href = `${location.pathname}?measure=${encodeURIComponent(first.measure)}`;
    say(words.elsewhere, "warning", { href, text: first.measure });
    return;
  }
  say(words.conflicted, "warning");
  const answer = await fetch(`${location.pathname}?measure=${encodeURIComponent(measure)}`, { headers: { Accept: "text/html" } });
  if (!answer.ok) {
    return;
  }
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-conflict]");
  if (fresh) {
    document.querySelector("[data-conflict]").replaceWith(fresh);
    fresh.querySelector("[data-conflict-title]")?.focus();
  }
}

// Who is signed in now? The page's token may be of an older session of the same person.
async function identity() {
  const answer = await fetch("/auth/me", { headers: { Accept: "application/json" }, credentials: "same-origin" });
  return answer.ok ? answer.json() : null;
}

async function refused(status) {
  if (status === 401 || status === 403) {
    const me = await identity();
    if (!me) {
      stopped = true;
      const back = encodeURIComponent(location.pathname + location.search);
      say(words.ended, "error", { href: `/login?next=${back}`, text: words.login });
      return false;
    }
    if (me.user.id !== user) {
      stopped = true;
      say(words.other, "error");
      return false;
    }
    if (me.csrf_token !== csrf) {
      csrf = me.csrf_token;
      for (const field of document.querySelectorAll('input[name="csrf_token"]')) {
        field.value = csrf;
      }
      return true;
    }
  }
  if (status === 409) {
    stopped = true;
    unsend();
    say(words.closed, "error");
  } else if (status >= 400 && status < 500 && status !== 408 && status !== 429) {
    stopped = true;
    unsend();
    say(words.refused, "error");
  } else {
    later(words.trouble);
  }
  return false;
}

function later(text) {
  say(fill(text, { n: waitingCount(readQueue()) }), "warning");
  clearTimeout(retry);
  retry = setTimeout(send, pause);
  pause = Math.min(pause * 2, LONGEST_RETRY);
}

async function sendOnce() {
  const queue = nextBatch();
  if (!queue) {
    return "nothing";
  }
  say(words.saving);
  let answer;
  try {
    answer = await call(queue);
  } catch {
    later(navigator.onLine ? words.trouble : words.queued);
    return "waiting";
  }
  if (!answer.ok) {
    return (await refused(answer.status)) ? "again" : "waiting";
  }
  pause = FIRST_RETRY;
  const conflicts = settle(await answer.json());
  if (conflicts.length) {
    await showConflicts(conflicts);
    return "conflict";
  }
  say(fill(words.saved, { time: zoneless.format(new Date()) }), "ok");
  return "saved";
}

// Sends until nothing waits. Whether all of it is on the server.
async function send() {
  clearTimeout(retry);
  if (stopped) {
    return false;
  }
  return alone(async () => {
    for (let tries = 0; tries < 20; tries += 1) {
      try {
        outcome = await sendOnce();
      } catch {
        outcome = "waiting";
        later(navigator.onLine ? words.trouble : words.queued);
        return false;
      }
      if (outcome === "nothing") {
        return true;
      }
      if (outcome === "waiting" || outcome === "conflict") {
        return false;
      }
    }
    return false;
  });
}

function change() {
  clearTimeout(typing);
  if (keep()) {
    send();
  }
}

form.addEventListener("change", change);
form.elements.comment.addEventListener("input", () => {
  clearTimeout(typing);
  keep();
  typing = setTimeout(change, TYPING_PAUSE);
});

form.addEventListener("submit", async (event) => {
  if (!chosen()) {
    return; // the server says what is missing
  }
  event.preventDefault();
  clearTimeout(typing);
  const target = event.submitter?.value === "previous" ? previous : next;
  const button = event.submitter;
  const queue = readQueue();
  if (!(measure in queue.waiting) && !queue.sent && !touched()) {
    location.assign(target);
    return;
  }
  keep();
  if (button) {
    button.setAttribute("aria-disabled", "true");
  }
  const all = await send();
  button?.removeAttribute("aria-disabled");
  if (all || (outcome === "waiting" && !stopped && (await isKept(target)))) {
    location.assign(target);
  } else if (!navigator.onLine) {
    say(words.wait, "warning");
  }
});

// Whether this device can show a page of the survey without a network; see survey-pages.js.
async function isKept(address) {
  return Boolean(navigator.serviceWorker?.controller && (await caches.match(address, { ignoreVary: true })));
}

// What an answer rests on is added to the answer as the server has it: what was just chosen goes out before.
for (const other of document.querySelectorAll("form[data-after-save]")) {
  other.addEventListener("submit", async (event) => {
    const queue = readQueue();
    if (!touched() && !waitingCount(queue)) {
      return;
    }
    event.preventDefault();
    clearTimeout(typing);
    if (touched()) {
      keep();
    }
    if (await send()) {
      other.submit();
    } else if (!navigator.onLine) {
      say(words.wait, "warning");
    }
  });
}

const asServed = JSON.stringify([chosen(), form.elements.comment.value.trim()]);
const touched = () => JSON.stringify([chosen(), form.elements.comment.value.trim()]) !== asServed;

// What waited from before: shown again on its measure, and sent.
function resume() {
  const queue = readQueue();
  const waiting = queue.waiting[measure];
  const known = queue.known?.[measure];
  if (known && known.revision > revision) {
    revision = known.revision; // this page was kept on the device before the answer was saved
    form.elements.base_revision.value = String(revision);
    if (!waiting) {
      show(known);
    }
  }
  if (waiting) {
    show(waiting);
    say(words.restored, "warning");
  }
  if (waitingCount(queue)) {
    send();
  }
}

addEventListener("online", () => {
  pause = FIRST_RETRY;
  send();
});
addEventListener("pagehide", () => {
  if (typing && touched()) {
    keep();
  }
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && waitingCount(readQueue())) {
    send();
  }
});

resume();
