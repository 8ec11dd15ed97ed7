// Has the pages of a survey kept on its respondent's device (by survey-worker.js), unless the browser saves data. Without
// them, one stays on the page until the line is back.
const { worker: script, user } = document.querySelector("form[data-survey]").dataset;

async function keepPages() {
  const registered = await navigator.serviceWorker.register(script, { scope: "/" });
  await navigator.serviceWorker.ready;
  const links = [...document.querySelectorAll(".survey-jump a[href]")].map((link) => link.href);
  const files = performance
    .getEntriesByType("resource")
    .map((entry) => entry.name)
    .filter((name) => name.startsWith(`${location.origin}/static/`));
  const worker = registered.active ?? navigator.serviceWorker.controller;
  worker?.postMessage({ keep: { user, pages: [...new Set([location.href, ...links])], files: [...new Set(files)] } });
}

if (navigator.serviceWorker && !navigator.connection?.saveData) {
  addEventListener("load", () => keepPages().catch(() => {}));
}
