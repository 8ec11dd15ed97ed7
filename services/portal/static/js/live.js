// A part of the page that follows a stream of server-sent events: whenever there is news, the page is read again and the
// part takes the place of the old one. Where no stream comes about, the page is read again every few seconds.
//   <div data-live="/api/…/stream" data-live-event="live" data-live-page="/survey/…" data-live-version="3">…</div>
// Where the page has a part `data-live-moved`, news of another `data-live-key` only show that part: what somebody types
// beside the region belongs to what was there before.
// With `data-live-version` only news of another version count. Without an address in `data-live` nothing is followed.
const SECONDS = 5;
let region = document.querySelector("[data-live]");
const moved = document.querySelector("[data-live-moved]");
let stream = null;
let timer = 0;
let reading = false;
let again = false;

async function renew() {
  if (!region) {
    return;
  }
  if (reading) {
    again = true;
    return;
  }
  reading = true;
  try {
    const answer = await fetch(region.dataset.livePage, { headers: { Accept: "text/html" }, cache: "no-store" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector("[data-live]");
    if (fresh && fresh.dataset.liveKey !== region.dataset.liveKey && moved) {
      stop();
      moved.hidden = false;
    } else if (fresh) {
      replace(fresh);
    } else if (answer.ok) {
      leave(page);
    }
  } catch {
    poll();
  } finally {
    reading = false;
  }
  if (again && region) {
    again = false;
    renew();
  }
}

function stop() {
  stream?.close();
  poll(false);
  region = null;
}

// There is nothing more to follow: what came instead is shown as it is, for asking once more may say less.
function leave(page) {
  stop();
  document.title = page.title;
  document.querySelector("main").replaceWith(page.querySelector("main"));
}

function replace(fresh) {
  const focused = region.contains(document.activeElement) ? document.activeElement.id : "";
  const before = region.dataset.live;
  region.replaceWith(fresh);
  region = fresh;
  if (focused) {
    document.getElementById(focused)?.focus();
  }
  if (region.dataset.live !== before) {
    listen();
  }
}

function poll(on = true) {
  clearInterval(timer);
  timer = on ? setInterval(renew, SECONDS * 1000) : 0;
}

function listen() {
  stream?.close();
  poll(false);
  if (!region.dataset.live) {
    return;
  }
  const mine = new EventSource(region.dataset.live);
  stream = mine;
  mine.addEventListener("open", () => poll(false));
  mine.addEventListener(region.dataset.liveEvent, (event) => {
    const version = region.dataset.liveVersion;
    if (!version || String(JSON.parse(event.data).version) !== version) {
      renew();
    }
  });
  mine.addEventListener("over", () => {
    mine.close();
    renew();
  });
  mine.addEventListener("error", () => {
    if (mine.readyState === EventSource.CLOSED && mine === stream) {
      poll();
    }
  });
}

addEventListener("pagehide", () => stream?.close());
addEventListener("pageshow", (event) => {
  if (event.persisted && region) {
    listen();
  }
});
if (region) {
  listen();
}
