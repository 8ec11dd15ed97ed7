// Keeps the pages of a survey on the device of its respondent, so that one can go on from measure to measure without a
// network. Pages come from the network whenever there is one. What was typed is not here: `survey.js` has it, and sends it.
const KEPT = "survey";
const OWNER = "/survey-worker/owner";
const PAUSE = 200; // milliseconds between two pages: the line and the server have other things to do
const SURVEY_PAGE = /^\/survey\/\d{4}\/[a-z0-9-]+$/;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

async function owner() {
  const kept = await caches.match(OWNER);
  return kept ? kept.text() : null;
}

async function keepAll({ user, pages, files }) {
  if ((await owner()) !== user) {
    await caches.delete(KEPT);
  }
  const cache = await caches.open(KEPT);
  await cache.put(OWNER, new Response(user));
  for (const address of [...files, ...pages]) {
    if (await cache.match(address, { ignoreVary: true })) {
      continue;
    }
    const answer = await fetch(address, { credentials: "same-origin" }).catch(() => null);
    if (!answer) {
      return; // the rest another time
    }
    if (answer.ok && !answer.redirected) {
      await cache.put(address, answer);
    }
    await new Promise((resume) => setTimeout(resume, PAUSE));
  }
}

async function fresh(request) {
  try {
    const answer = await fetch(request);
    if (answer.ok && !answer.redirected && (await owner())) {
      const cache = await caches.open(KEPT);
      await cache.put(request.url, answer.clone());
    }
    return answer;
  } catch (error) {
    const kept = await caches.match(request.url, { ignoreVary: true });
    if (kept) {
      return kept;
    }
    throw error;
  }
}

async function keptFile(request) {
  return (await caches.match(request, { ignoreVary: true })) ?? fetch(request);
}

self.addEventListener("message", (event) => {
  if (event.data?.keep) {
    event.waitUntil(keepAll(event.data.keep));
  }
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (address.origin !== location.origin) {
    return;
  }
  if (request.method === "POST" && address.pathname === "/auth/logout") {
    event.waitUntil(caches.delete(KEPT)); // the next person at this device finds nothing
  } else if (request.method === "GET" && request.mode === "navigate" && SURVEY_PAGE.test(address.pathname)) {
    event.respondWith(fresh(request));
  } else if (request.method === "GET" && address.pathname.startsWith("/static/")) {
    event.respondWith(keptFile(request));
  }
});
