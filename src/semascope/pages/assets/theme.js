"use strict";
// The button that changes between light and dark, and names what it changes to. The document hears "themechange".
(function () {
  var root = document.documentElement;
  var system = window.matchMedia("(prefers-color-scheme: dark)");
  function isDark() {
    return root.dataset.theme ? root.dataset.theme === "dark" : system.matches;
  }
  var toggle = document.createElement("button");
  toggle.type = "button";
  toggle.className = "theme";
  function nameToggle() {
    toggle.textContent = isDark() ? "Light" : "Dark";
    toggle.setAttribute("aria-label", isDark() ? "Switch to light colours" : "Switch to dark colours");
    document.dispatchEvent(new Event("themechange"));
  }
  toggle.addEventListener("click", function () {
    root.dataset.theme = isDark() ? "light" : "dark";
    nameToggle();
    try {
      localStorage.setItem("semascope-theme", root.dataset.theme);
    } catch (error) {
      // storage is closed to this page: the choice lasts until it is closed
    }
  });
  system.addEventListener("change", nameToggle);
  nameToggle();
  document.getElementById("theme-place").append(toggle);
})();
