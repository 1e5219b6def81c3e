/* Filter the list of reports; the choice lives in the address, after #. */
(function () {
  "use strict";
  var form = document.getElementById("index-filter");
  if (!form) { return; }
  var rows = Array.from(document.querySelectorAll("[data-search]"));
  var count = document.getElementById("index-count");
  var nothing = document.getElementById("index-nothing");

  /* Latin letters that look like Russian ones are read as those: 7A is 7А. */
  var TWINS = { a: "а", b: "в", c: "с", e: "е", h: "н", k: "к", m: "м", o: "о", p: "р", t: "т", x: "х", y: "у" };

  function folded(text) {
    return posView.plain(text.toLowerCase().replace(/ё/g, "е").replace(/[«»",;]/g, " ")
      .replace(/[abcehkmoptxy]/g, function (letter) { return TWINS[letter]; }));
  }

  function matches(row, words, label, term) {
    var text = folded(row.dataset.search);
    return words.every(function (word) { return text.indexOf(word) >= 0; }) &&
      // a report without classes is about all of them
      (!label || !row.dataset.classes || row.dataset.classes.split(" ").indexOf(label) >= 0) &&
      (!term || row.dataset.term === term);
  }

  function value(name) { return form.elements[name] ? form.elements[name].value : ""; }

  function apply() {
    var words = folded(value("q")).split(" ").filter(Boolean);
    var shown = 0;
    rows.forEach(function (row) {
      row.hidden = !matches(row, words, value("class"), value("term"));
      shown += row.hidden ? 0 : 1;
    });
    document.querySelectorAll(".index-table tbody").forEach(function (group) {
      group.hidden = !group.querySelector("[data-search]:not([hidden])");
    });
    count.textContent = count.dataset.words.replace("{shown}", shown).replace("{total}", rows.length);
    nothing.hidden = shown > 0;
  }

  function remember() { posView.set({ q: value("q"), class: value("class"), term: value("term") }); }

  function recall() {
    ["q", "class", "term"].forEach(function (name) {
      if (form.elements[name]) { form.elements[name].value = posView.get(name); }
    });
    apply();
  }

  form.addEventListener("input", function () { apply(); remember(); });
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  window.addEventListener("hashchange", recall);
  form.hidden = false;
  recall();
}());
