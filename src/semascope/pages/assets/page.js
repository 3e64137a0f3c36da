"use strict";
// What a page can do beyond being read: sort and unfold tables, switch pictures.
(function () {
  function make(tag, className, text) {
    var node = document.createElement(tag);
    node.className = className;
    node.textContent = text;
    if (tag === "button") node.type = "button";
    return node;
  }

  // Tables: fold long ones; a click on a head sorts, a second one turns the order.
  function fold(table) {
    var limit = Number(table.dataset.fold);
    if (!limit) return;
    Array.from(table.tBodies[0].rows).forEach(function (row, index) {
      row.classList.toggle("folded", index >= limit && !row.classList.contains("keep"));
    });
  }
  function addUnfold(table) {
    if (!table.dataset.fold) return;
    var button = make("button", "unfold", "Show all " + table.tBodies[0].rows.length + " rows");
    button.addEventListener("click", function () {
      delete table.dataset.fold;
      Array.from(table.tBodies[0].rows).forEach(function (row) {
        row.classList.remove("folded");
      });
      button.remove();
    });
    table.closest(".frame").after(button);
    fold(table);
  }
  function compare(a, b) {
    var x = Number(a), y = Number(b);
    if (a !== "" && b !== "" && !isNaN(x) && !isNaN(y)) return x - y;
    return a < b ? -1 : a > b ? 1 : 0;
  }
  function sortBy(head, column) {
    var table = head.closest("table");
    var descending = head.getAttribute("aria-sort") === "ascending";
    table.querySelectorAll("th[aria-sort]").forEach(function (other) {
      other.removeAttribute("aria-sort");
    });
    head.setAttribute("aria-sort", descending ? "descending" : "ascending");
    var rows = Array.from(table.tBodies[0].rows).map(function (row) {
      return { row: row, key: row.cells[column].dataset.value || "" };
    });
    rows.sort(function (a, b) {
      if (a.key === "" || b.key === "") return (a.key === "") - (b.key === "");
      return descending ? compare(b.key, a.key) : compare(a.key, b.key);
    });
    rows.forEach(function (each) {
      table.tBodies[0].append(each.row);
    });
    fold(table);
  }
  document.querySelectorAll("table.data").forEach(function (table) {
    addUnfold(table);
    table.querySelectorAll("th[data-sort]").forEach(function (head) {
      var label = head.querySelector(".head");
      var button = make("button", "sort", "");
      button.append(...label.childNodes);
      label.append(button);
      button.addEventListener("click", function () {
        sortBy(head, head.cellIndex);
      });
    });
  });

  // Pictures: one panel at a time.
  document.querySelectorAll(".switcher").forEach(function (switcher) {
    var panels = Array.from(switcher.children);
    var bar = make("div", "switch", "");
    bar.setAttribute("role", "group");
    bar.setAttribute("aria-label", switcher.dataset.label);
    bar.append(make("span", "switch-label", switcher.dataset.label));
    var buttons = panels.map(function (panel, chosen) {
      var button = make("button", "option", panel.dataset.name);
      button.addEventListener("click", function () {
        show(chosen);
      });
      bar.append(button);
      return button;
    });
    function show(chosen) {
      panels.forEach(function (panel, index) {
        panel.hidden = index !== chosen;
        buttons[index].setAttribute("aria-pressed", String(index === chosen));
      });
    }
    switcher.prepend(bar);
    switcher.classList.add("active");
    show(0);
  });

  // Pairs: two choices, and the panel of that pair; either may be chosen first.
  document.querySelectorAll(".pairs").forEach(function (pairs) {
    var panels = Array.from(pairs.children);
    if (panels.length < 2) return;
    var names = [];
    panels.forEach(function (panel) {
      [panel.dataset.one, panel.dataset.other].forEach(function (name) {
        if (!names.includes(name)) names.push(name);
      });
    });
    var none = make("p", "none", "");
    none.setAttribute("role", "status"); // read aloud when another pair is chosen
    function choice(label, chosen) {
      var select = make("select", "", "");
      select.setAttribute("aria-label", label);
      names.forEach(function (name) {
        var option = make("option", "", name);
        option.value = name;
        option.selected = name === chosen;
        select.append(option);
      });
      select.addEventListener("change", show);
      return select;
    }
    var one = choice("First", panels[0].dataset.one);
    var other = choice("Second", panels[0].dataset.other);
    function show() {
      var found = panels.filter(function (panel) {
        var ends = [panel.dataset.one, panel.dataset.other];
        return one.value !== other.value && ends.includes(one.value) && ends.includes(other.value);
      });
      panels.forEach(function (panel) {
        panel.hidden = !found.includes(panel);
      });
      none.textContent = found.length ? found[0].querySelector(".panel-name").textContent : "Choose two that differ.";
      none.classList.toggle("unseen", found.length > 0);
    }
    var bar = make("div", "switch", "");
    bar.setAttribute("role", "group");
    bar.setAttribute("aria-label", pairs.dataset.label);
    bar.append(make("span", "switch-label", pairs.dataset.label), one, make("span", "switch-label", "with"), other);
    pairs.prepend(bar, none);
    pairs.classList.add("active");
    show();
  });

  // Contents: mark the section being read.
  var links = Array.from(document.querySelectorAll(".contents a"));
  if ("IntersectionObserver" in window) {
    var seen = new Set();
    var observer = new IntersectionObserver(
      function (entries) {
        entries.forEach(function (entry) {
          if (entry.isIntersecting) seen.add(entry.target.id);
          else seen.delete(entry.target.id);
        });
        var current = links.find(function (link) {
          return seen.has(link.hash.slice(1));
        });
        links.forEach(function (link) {
          if (link === current) link.setAttribute("aria-current", "true");
          else if (current) link.removeAttribute("aria-current");
        });
      },
      { rootMargin: "-10% 0px -60% 0px" }
    );
    document.querySelectorAll("main section[id]").forEach(function (section) {
      observer.observe(section);
    });
  }
})();
