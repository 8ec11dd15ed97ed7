// Marks at which edge a wide table is cut, and takes a region that needs no scrolling out of the tab order.
const EDGE = 2;

function look(frame) {
  const area = frame.querySelector(".scroll-area");
  const hidden = area.scrollWidth - area.clientWidth;
  const cut = [];
  if (hidden > EDGE && area.scrollLeft > EDGE) {
    cut.push("start");
  }
  if (hidden > EDGE && area.scrollLeft < hidden - EDGE) {
    cut.push("end");
  }
  frame.dataset.cut = cut.join(" ");
  if (hidden > EDGE || area.scrollHeight - area.clientHeight > EDGE) {
    area.tabIndex = 0;
  } else {
    area.removeAttribute("tabindex");
  }
}

const resized = new ResizeObserver((entries) => {
  for (const entry of entries) {
    look(entry.target);
  }
});

function watch(within) {
  const frames = [...within.querySelectorAll("[data-scroll]")];
  if (within instanceof Element && within.matches("[data-scroll]")) {
    frames.push(within);
  }
  for (const frame of frames) {
    if (!frame.dataset.watched) {
      frame.dataset.watched = "yes";
      frame.querySelector(".scroll-area").addEventListener("scroll", () => look(frame), { passive: true });
      resized.observe(frame);
    }
    look(frame);
  }
}

watch(document);
document.addEventListener("htmx:load", (event) => watch(event.target));
