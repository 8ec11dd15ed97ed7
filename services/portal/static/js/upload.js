// Sends files in parts, several at once, with progress, and goes on where it was after the line broke. Without this the
// form is a plain one. An unfinished upload is remembered in this browser; its owner may choose the same file again.
const API = "/api/v1/workspace";
const PARTS = "application/offset+octet-stream";
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 15000;
const KEPT = "uploads";

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
const pause = (time) => new Promise((resolve) => {
  const timer = setTimeout(resolve, time);
  addEventListener("online", () => { clearTimeout(timer); resolve(); }, { once: true });
});

function remembered(change) {
  try {
    const found = JSON.parse(localStorage.getItem(KEPT)) ?? {};
    if (change) {
      change(found);
      localStorage.setItem(KEPT, JSON.stringify(found));
    }
    return found;
  } catch {
    return {};
  }
}

class Refused extends Error {
  constructor(status, location) {
    super(String(status));
    this.status = status;
    this.location = location;
  }
}

class Upload {
  constructor(area, file, fields) {
    this.area = area;
    this.file = file;
    this.fields = fields;
    this.words = area.querySelector("[data-words]").dataset;
    this.stopped = new AbortController();
    const { committee, document: document_ } = area.dataset;
    this.place = `${committee ?? document_}|${file.name}|${file.size}|${file.lastModified}`;
    this.show();
  }

  show() {
    for (const item of this.area.querySelectorAll("[data-unfinished]")) {
      if (item.dataset.unfinished === this.place) {
        item.remove();
      }
    }
    this.item = document.createElement("li");
    const name = document.createElement("span");
    name.className = "upload-name";
    name.textContent = this.file.name;
    this.button = document.createElement("button");
    this.button.type = "button";
    this.button.className = "button button-quiet";
    this.button.textContent = this.words.cancel;
    this.button.addEventListener("click", () => this.stopped.abort());
    this.bar = document.createElement("progress");
    this.bar.max = 100;
    this.bar.setAttribute("aria-label", this.file.name);
    this.says = document.createElement("p");
    this.says.className = "upload-says";
    this.item.append(name, this.button, this.bar, this.says);
    this.area.querySelector("[data-list]").append(this.item);
  }

  say(text, tone = "plain") {
    this.says.textContent = text;
    this.item.dataset.tone = tone;
  }

  progress(sent) {
    this.bar.value = Math.floor((100 * sent) / this.file.size);
    return { percent: this.bar.value };
  }

  async call(path, options = {}) {
    const answer = await fetch(path, {
      ...options,
      headers: { "X-CSRF-Token": this.area.dataset.csrf, Accept: "application/json", ...options.headers },
      signal: this.stopped.signal,
    });
    if (answer.status >= 500 || answer.status === 429) {
      throw new TypeError("later");
    }
    if (!answer.ok && answer.status !== 409) {
      throw new Refused(answer.status, answer.headers.get("Location"));
    }
    return answer;
  }

  async begin() {
    const known = remembered()[this.place];
    if (known) {
      try {
        const answer = await this.call(`${API}/uploads/${known}`);
        return await answer.json();
      } catch (error) {
        if (!(error instanceof Refused)) {
          throw error;
        }
      }
    }
    const { committee, document: document_, baseVersion } = this.area.dataset;
    const wanted = { file_name: this.file.name, size: this.file.size };
    for (const [name, value] of Object.entries(this.fields)) {
      if (value) {
        wanted[name] = value;
      }
    }
    Object.assign(wanted, document_ ? { document: document_, base_version: Number(baseVersion) } : { committee });
    const answer = await this.call(`${API}/uploads`, {
      method: "POST",
      body: JSON.stringify(wanted),
      headers: { "Content-Type": "application/json" },
    });
    if (!answer.ok) {
      throw new Refused(answer.status);
    }
    const upload = await answer.json();
    remembered((all) => { all[this.place] = upload.id; });
    return upload;
  }

  async send() {
    let upload = null;
    let sent = 0;
    let wait = FIRST_PAUSE;
    while (!upload?.finished) {
      try {
        upload ??= await this.begin();
        sent = upload.received;
        this.say(fill(this.words.sending, this.progress(sent)));
        const end = Math.min(sent + upload.part_size, this.file.size);
        if (end === this.file.size) {
          this.say(this.words.checking);
        }
        const answer = await this.call(`${API}/uploads/${upload.id}`, {
          method: "PATCH",
          body: this.file.slice(sent, end),
          headers: { "Content-Type": PARTS, "Upload-Offset": String(sent) },
        });
        if (answer.status === 409) {
          const at = answer.headers.get("Upload-Offset");
          if (at === null) {
            throw new Refused(409);
          }
          upload = { ...upload, received: Number(at) };
        } else {
          upload = await answer.json();
        }
        wait = FIRST_PAUSE;
      } catch (error) {
        if (error instanceof Refused || error.name === "AbortError") {
          throw error;
        }
        this.say(fill(this.words.waiting, this.progress(sent)));
        await pause(wait);
        if (this.stopped.signal.aborted) {
          throw new DOMException("stopped", "AbortError");
        }
        wait = Math.min(2 * wait, LONGEST_PAUSE);
        upload = upload ? await this.begin().catch(() => upload) : null;
      }
    }
    return upload;
  }

  async run() {
    try {
      const upload = await this.send();
      remembered((all) => { delete all[this.place]; });
      this.progress(this.file.size);
      this.say(this.words.sent, "ok");
      const link = document.createElement("a");
      link.href = `${location.pathname.replace(/\/documents.*$/, "/documents")}/${upload.document}`;
      link.textContent = this.words.open;
      this.button.replaceWith(link);
      return upload;
    } catch (error) {
      const told = this.words;
      const said = { 413: told.tooLarge, 415: told.refused, 422: told.mismatch, 412: told.overtaken, 409: told.overtaken };
      if (error.name === "AbortError") {
        this.say(told.cancelled);
        const known = remembered()[this.place];
        if (known) {
          fetch(`${API}/uploads/${known}`, { method: "DELETE", headers: { "X-CSRF-Token": this.area.dataset.csrf } });
        }
      } else {
        this.say(said[error.status] ?? told.failed, "error");
      }
      remembered((all) => { delete all[this.place]; });
      this.button.remove();
      this.bar.remove();
      return null;
    }
  }
}

// What this browser began to send here and has not finished: it says so, and goes on once the file is chosen again.
async function tellOfUnfinished(area) {
  const { committee, document: document_, csrf } = area.dataset;
  const words = area.querySelector("[data-words]").dataset;
  const start = `${committee ?? document_}|`;
  for (const [place, id] of Object.entries(remembered()).filter(([key]) => key.startsWith(start))) {
    const answer = await fetch(`${API}/uploads/${id}`, { headers: { Accept: "application/json" } }).catch(() => null);
    if (answer?.status === 404) {
      remembered((all) => { delete all[place]; });
    } else if (answer?.ok) {
      const { file_name: name, received, size } = await answer.json();
      const item = document.createElement("li");
      const says = document.createElement("span");
      const drop = document.createElement("button");
      item.dataset.unfinished = place;
      says.textContent = fill(words.resume, { name, percent: Math.floor((100 * received) / size) });
      drop.type = "button";
      drop.className = "button button-quiet";
      drop.textContent = words.cancel;
      drop.addEventListener("click", async () => {
        await fetch(`${API}/uploads/${id}`, { method: "DELETE", headers: { "X-CSRF-Token": csrf } });
        remembered((all) => { delete all[place]; });
        item.remove();
      });
      item.append(says, drop);
      area.querySelector("[data-list]").append(item);
    }
  }
}

for (const area of document.querySelectorAll("[data-upload]")) {
  tellOfUnfinished(area);
  const form = area.querySelector("form");
  const drop = area.querySelector("[data-drop]");
  const input = area.querySelector("[data-file]");
  const words = area.querySelector("[data-words]").dataset;
  const isVersion = Boolean(area.dataset.document);
  input.multiple = !isVersion;
  drop.dataset.ready = "yes";
  area.querySelector("[data-drop-hint]").hidden = false;

  const fieldsOf = (count) => {
    const fields = Object.fromEntries([...new FormData(form)].filter(([name]) => ["title", "folder", "note"].includes(name)));
    return count > 1 ? { ...fields, title: "" } : fields;
  };

  const sendAll = async (files) => {
    const fields = fieldsOf(files.length);
    const made = [];
    for (const file of isVersion ? files.slice(0, 1) : files) {
      const upload = new Upload(area, file, fields);
      if (file.size > Number(area.dataset.largest)) {
        upload.say(words.tooLarge, "error");
        upload.button.remove();
        upload.bar.remove();
      } else {
        made.push(await upload.run());
      }
    }
    input.value = "";
    if (isVersion && made[0]) {
      location.reload();
    } else if (!isVersion && made.length === 1 && made[0]) {
      location.assign(`${location.pathname}/${made[0].document}`);
    }
  };

  form.addEventListener("submit", (event) => {
    const files = [...input.files];
    if (files.length && files.every((file) => file.size)) {
      event.preventDefault();
      sendAll(files);
    }
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.toggleAttribute("data-over", kind === "dragover");
      if (kind === "drop" && event.dataTransfer.files.length) {
        sendAll([...event.dataTransfer.files].filter((file) => file.size));
      }
    });
  }
}
