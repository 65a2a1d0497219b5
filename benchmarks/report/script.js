// The page reads without this script. It remembers which of light and dark the reader chose.
"use strict";
{
  const root = document.documentElement;
  const button = document.getElementById("theme");
  const dark = () =>
    root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const label = () => (button.textContent = dark() ? "Light" : "Dark");
  const remember = (theme) => {
    root.dataset.theme = theme;
    try {
      localStorage.setItem("theme", theme);
    } catch {
      // a browser that keeps nothing for pages from disk: the choice holds until the page is closed
    }
  };
  try {
    const theme = localStorage.getItem("theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  } catch {
    // as above
  }
  button.hidden = false;
  label();
  button.addEventListener("click", () => {
    remember(dark() ? "light" : "dark");
    label();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", label);

  // A link from the table to a model opens what it leads into; paper cannot open anything.
  addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((d) => (d.open = true)));
}
