// Keys 1 to 5 choose a level, in the order of the list, while the focus is within its group.
function choose(group, key) {
  const radio = group.querySelector(`[data-level-key="${key}"]`);
  if (!radio || radio.disabled) {
    return false;
  }
  radio.focus();
  if (!radio.checked) {
    radio.click();
  }
  return true;
}

function isTyping(target) {
  return target instanceof HTMLTextAreaElement || (target instanceof HTMLInputElement && target.type !== "radio");
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || !/^[1-5]$/.test(event.key)) {
    return;
  }
  const group = event.target.closest?.("[data-levels]");
  if (group && !isTyping(event.target) && choose(group, event.key)) {
    event.preventDefault();
  }
});

function announceKeys(within) {
  if (!matchMedia("(hover: hover) and (pointer: fine)").matches) {
    return;
  }
  for (const group of within.querySelectorAll("[data-levels]")) {
    group.classList.add("has-keys");
    group.querySelector("[data-levels-note]").hidden = false;
  }
}

announceKeys(document);
document.addEventListener("htmx:load", (event) => announceKeys(event.target.parentElement ?? document));
