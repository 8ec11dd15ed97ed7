// Short news for eye and ear. Anyone may send it:
//   document.dispatchEvent(new CustomEvent("portal:say", { detail: { text: "Guardado en el servidor a las 12:03" } }))
// and the server, through htmx: HX-Trigger: {"portal:say": {"text": "…"}}. `lasting: true` keeps it until the next one.
const region = document.getElementById("avisos");
const SECONDS = 8;

function say({ text, lasting = false }) {
  if (!region || !text) {
    return;
  }
  for (const old of region.querySelectorAll("[data-lasting]")) {
    old.remove();
  }
  const toast = document.createElement("p");
  toast.className = "toast";
  toast.textContent = text;
  region.append(toast);
  if (lasting) {
    toast.dataset.lasting = "yes";
    return;
  }
  let timer = setTimeout(() => toast.remove(), SECONDS * 1000);
  toast.addEventListener("pointerenter", () => clearTimeout(timer));
  toast.addEventListener("pointerleave", () => {
    timer = setTimeout(() => toast.remove(), SECONDS * 1000);
  });
}

document.addEventListener("portal:say", (event) => say(event.detail ?? {}));
