// Before the first paint, so that nobody sees the wrong theme flash.
(() => {
  const stored = localStorage.getItem("nexus-theme");
  const dark = stored ? stored === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
