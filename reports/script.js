"use strict";
(function () {
  var doc = document;
  function each(selector, root, action) {
    Array.prototype.forEach.call((root || doc).querySelectorAll(selector), action);
  }
  doc.documentElement.classList.add("js");

  // A tool bar belongs to the table named by data-for: words that every row must hold, verdicts to look at.
  each(".tools", doc, function (tools) {
    var table = doc.getElementById(tools.getAttribute("data-for"));
    var input = tools.querySelector("input");
    var count = tools.querySelector("output");
    var wanted = "";
    function apply() {
      var words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      var shown = 0, total = 0;
      each("tbody", table, function (body) {
        var any = false;
        each("tr:not(.group)", body, function (row) {
          var content = row.getAttribute("data-text") || row.textContent.toLowerCase();
          row.setAttribute("data-text", content);
          var miss = words.some(function (word) { return content.indexOf(word) === -1; });
          if (!miss) if (wanted) miss = !row.querySelector(".v." + wanted);
          row.hidden = miss;
          total += 1;
          if (!miss) { shown += 1; any = true; }
        });
        each("tr.group", body, function (row) { row.hidden = !any; });
      });
      count.textContent = shown === total ? total + " rows" : shown + " of " + total + " rows";
    }
    each("button", tools, function (button) {
      button.addEventListener("click", function () {
        var name = button.getAttribute("data-verdict");
        wanted = wanted === name ? "" : name;
        each("button", tools, function (other) {
          other.setAttribute("aria-pressed", String(other.getAttribute("data-verdict") === wanted));
        });
        apply();
      });
    });
    input.addEventListener("input", apply);
    tools.hidden = false;
    apply();
  });

  each("button.fold", doc, function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      var open = button.getAttribute("aria-expanded") !== "true";
      each("details", button.closest("section"), function (part) { part.open = open; });
      button.setAttribute("aria-expanded", String(open));
      button.textContent = open ? "Fold all" : "Unfold all";
    });
  });

  // A link into a folded part opens it; so does printing.
  function reveal() {
    var target = location.hash ? doc.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
    for (var part = target; part; part = part.parentElement) if (part.tagName === "DETAILS") part.open = true;
    if (target) target.scrollIntoView();
  }
  window.addEventListener("hashchange", reveal);
  window.addEventListener("beforeprint", function () {
    each("details", doc, function (part) { part.open = true; });
  });
  reveal();
})();
