// Sends the calls of the API's page with the browser's own session, and shows what came back.

let csrf;

async function csrfToken() {
  if (csrf === undefined) {
    const me = await fetch("/auth/me", { headers: { Accept: "application/json" } });
    csrf = me.ok ? (await me.json()).csrf_token : "";
  }
  return csrf;
}

function addressOf(form) {
  let path = form.dataset.path;
  const query = new URLSearchParams();
  for (const field of form.querySelectorAll("[data-in]")) {
    if (field.dataset.in === "path") {
      path = path.replace(`{${field.name}}`, encodeURIComponent(field.value));
    } else if (field.dataset.in === "query" && field.value !== "") {
      query.append(field.name, field.value);
    }
  }
  const asked = query.toString();
  return asked ? `${path}?${asked}` : path;
}

async function send(form) {
  const method = form.dataset.method;
  const headers = new Headers({ Accept: "application/json" });
  for (const field of form.querySelectorAll('[data-in="header"]')) {
    if (field.value !== "") headers.set(field.name, field.value);
  }
  const body = form.querySelector("textarea");
  const options = { method, headers, credentials: "same-origin" };
  if (method !== "GET") {
    const token = await csrfToken();
    if (token) headers.set("X-CSRF-Token", token);
  }
  if (body && body.value !== "") {
    headers.set("Content-Type", body.dataset.type);
    options.body = body.value;
  }
  const answer = await fetch(addressOf(form), options);
  const shown = ["content-type", "etag", "location", "retry-after", "x-request-id"]
    .filter((name) => answer.headers.has(name))
    .map((name) => `${name}: ${answer.headers.get(name)}`);
  let text = await answer.text();
  try {
    text = JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    // not JSON: shown as it came
  }
  return [`${answer.status} ${answer.statusText}`, ...shown, "", text.slice(0, 100000)].join("\n");
}

for (const form of document.querySelectorAll("form.try")) {
  const output = form.querySelector("output");
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    output.textContent = "…";
    try {
      output.textContent = await send(form);
    } catch (error) {
      output.textContent = String(error);
    }
  });
}
