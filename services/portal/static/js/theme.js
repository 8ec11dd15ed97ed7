// The reader's choice of light or dark, kept in a cookie so that the server can write it into the page at once.
const root = document.documentElement;
const group = document.querySelector("[data-theme-switch]");
const year = 60 * 60 * 24 * 365;

function choose(theme) {
  const automatic = theme === "auto";
  if (automatic) {
    delete root.dataset.theme;
  } else {
    root.dataset.theme = theme;
  }
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `theme=${automatic ? "" : theme}; Path=/; Max-Age=${automatic ? 0 : year}; SameSite=Lax${secure}`;
  for (const button of group.querySelectorAll("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === theme));
  }
}

if (group) {
  group.hidden = false;
  group.addEventListener("click", (event) => {
    const button = event.target.closest("[data-theme-choice]");
    if (button) {
      choose(button.dataset.themeChoice);
    }
  });
}
