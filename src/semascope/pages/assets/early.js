"use strict";
// Runs before anything is drawn: says that scripts run, and takes the theme chosen last time.
(function () {
  var root = document.documentElement;
  root.classList.add("js");
  try {
    var theme = localStorage.getItem("semascope-theme");
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  } catch (error) {
    // storage is closed to this page: the system's theme stays
  }
})();
