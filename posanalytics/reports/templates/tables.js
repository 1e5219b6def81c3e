/* Every table can be copied and saved; every table and chart follows the filter of the page. */
(function () {
  "use strict";
  var source = document.querySelector('script[id="page-words"]');
  if (!source) { return; }
  var words = JSON.parse(source.textContent);
  var tables = Array.from(document.querySelectorAll("main table.tidy"));
  var LONG = 30; // rows
  var NUMBER = new RegExp("^" + words.number + "$"); // as in the workbook beside the page
  var plain = posView.plain;
  var DANGEROUS = /^[=+\-@\t\r]/;

  /* What a spreadsheet should read: a number stays one, anything else cannot become a formula. */
  function value(cell) {
    var text = plain(cell.innerText === undefined ? cell.textContent : cell.innerText);
    if (NUMBER.test(text)) { return text.replace(/\u2212/g, "-").replace(/ |^\+/g, ""); }
    return DANGEROUS.test(text) ? "'" + text : text;
  }

  function grid(table) {
    return Array.from(table.rows).filter(function (row) { return !row.hidden; }).map(function (row) {
      return Array.from(row.cells).map(value);
    });
  }

  function csv(table) {
    return "\ufeff" + grid(table).map(function (row) {
      return row.map(function (text) {
        return /[";\n]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;
      }).join(";");
    }).join("\r\n") + "\r\n";
  }

  function save(table, number) {
    var address = URL.createObjectURL(new Blob([csv(table)], { type: "text/csv;charset=utf-8" }));
    var link = document.createElement("a");
    link.href = address;
    link.download = decodeURIComponent(location.pathname.split("/").pop()).replace(/\.html?$/, "") + "-" + number + ".csv";
    link.click();
    setTimeout(function () { URL.revokeObjectURL(address); }, 1000);
  }

  function copyByHand(text) {
    var box = document.createElement("textarea");
    box.value = text;
    box.className = "visually-hidden";
    document.body.appendChild(box);
    box.select();
    var done = document.execCommand("copy");
    box.remove();
    return done;
  }

  async function copy(table, button) {
    var text = grid(table).map(function (row) { return row.join("\t"); }).join("\n");
    var done = false;
    try { await navigator.clipboard.writeText(text); done = true; } catch (error) { done = copyByHand(text); }
    button.textContent = done ? words.copied : words.not_copied;
    setTimeout(function () { button.textContent = words.copy; }, 2500);
  }

  function named(table) {
    var caption = table.caption || (table.closest("figure") && table.closest("figure").querySelector("figcaption"));
    return caption ? plain(caption.textContent) : "";
  }

  function button(text, name, act) {
    var made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    if (name) { made.setAttribute("aria-label", text + ": " + name); }
    made.addEventListener("click", act);
    return made;
  }

  function equip(table, place) {
    var line = document.createElement("p");
    line.className = "table-tools";
    var copying = button(words.copy, "", function () { copy(table, copying); });
    copying.setAttribute("aria-live", "polite");
    line.append(copying, button(words.csv, named(table), function () { save(table, place + 1); }));
    var frame = table.closest(".table-scroll") || table;
    frame.after(line);
    if (table.tBodies.length && table.tBodies[0].rows.length > LONG && frame !== table) { fold(frame, line, table); }
  }

  /* A long table scrolls in a frame of its own until all of it is asked for. */
  function fold(frame, line, table) {
    frame.classList.add("tall");
    var all = words.all_rows.replace("{count}", table.tBodies[0].rows.length);
    var opening = button(all, named(table), function () {
      var tall = frame.classList.toggle("tall");
      opening.textContent = tall ? all : words.fewer_rows;
      opening.setAttribute("aria-expanded", String(!tall));
      posView.reach();
    });
    opening.setAttribute("aria-expanded", "false");
    line.prepend(opening);
  }

  /* Filters: columns of tables whose head says what they hold. */
  var choices = { subject: new Map(), class: new Map(), term: new Map() };
  var marked = [];
  var notes = []; // of every table: the line under it, and the filters that it can follow

  function parts(dimension, cell) {
    var text = plain(cell.textContent);
    if (!text || text === "–") { return []; }
    return dimension === "class" ? text.split(/, | и /) : [text];
  }

  function mark(table) {
    if (!table.tHead || !table.tBodies.length) { return; }
    var heads = Array.from(table.tHead.rows[0].cells);
    Object.keys(choices).forEach(function (dimension) {
      var column = heads.findIndex(function (head) { return words.columns[dimension].indexOf(plain(head.textContent)) >= 0; });
      if (column < 0) { return; }
      Array.from(table.tBodies[0].rows).forEach(function (row) {
        var found = row.cells[column] ? parts(dimension, row.cells[column]) : [];
        found.forEach(function (text) { choices[dimension].set(text, true); });
        marked.push({ row: row, table: table, dimension: dimension, values: found });
      });
    });
  }

  /* Tables of files and of what was found in them: a row is about the subject, class, term it names. */
  var NAMES = {
    subject: function (text) {
      var left = text.toLowerCase();
      return Array.from(choices.subject.keys()).sort(function (a, b) { return b.length - a.length; })
        .filter(function (name) {
          var found = left.indexOf(name.toLowerCase()) >= 0;
          left = left.split(name.toLowerCase()).join(" ");
          return found;
        });
    },
    class: function (text) {
      var found = text.match(/(?:^|[^\dА-Яа-яЁё.,])\d{1,2}[А-ЯЁ](?![А-Яа-яЁё\d])/g) || [];
      return found.map(function (one) { return one.replace(/^[^\d]/, ""); });
    },
    /* the terms on offer that its year and its part of the year leave possible */
    term: function (text) {
      var years = (text.match(/20\d\d[-\/]\d\d(?!\d)/g) || []).map(function (year) { return year.replace("-", "/"); });
      var terms = text.match(/\d (?:четверть|триместр|полугодие)/g) || [];
      if (!years.length && !terms.length) { return []; }
      var fitting = Array.from(choices.term.keys()).filter(function (name) {
        var year = name.match(/20\d\d\/\d\d/);
        var part = name.match(/\d (?:четверть|триместр|полугодие)/);
        return (!years.length || !year || years.indexOf(year[0]) >= 0) && (!terms.length || !part || terms.indexOf(part[0]) >= 0);
      });
      return fitting.length ? fitting : ["–"];
    }
  };

  function markByText(table) {
    if (!table.tHead || !table.tBodies.length) { return; }
    var able = {};
    var told = words.columns.file.indexOf(plain(table.tHead.rows[0].cells[0].textContent)) >= 0 || table.classList.contains("problems");
    Object.keys(choices).forEach(function (dimension) {
      if (marked.some(function (item) { return item.table === table && item.dimension === dimension; })) { able[dimension] = true; return; }
      if (!told) { return; }
      var rows = Array.from(table.tBodies[0].rows).map(function (row) {
        var text = Array.from(row.cells).map(function (cell) { return plain(cell.textContent); }).join(" | ");
        return { row: row, table: table, dimension: dimension, values: NAMES[dimension](text) };
      });
      if (!rows.some(function (item) { return item.values.length; })) { return; }
      able[dimension] = true;
      marked.push.apply(marked, rows);
    });
    var line = document.createElement("p");
    line.className = "note not-filtered";
    line.hidden = true;
    (table.closest(".table-scroll") || table).before(line);
    notes.push({ table: table, able: able, line: line });
  }

  /* Over a table that cannot follow a filter, or has nothing left, a line says so. */
  function explain(active) {
    notes.forEach(function (note) {
      var foreign = active.filter(function (dimension) { return !note.able[dimension]; });
      var rows = Array.from(note.table.tBodies[0].rows);
      var nothing = active.length > 0 && rows.length > 0 && rows.every(function (row) { return row.hidden; });
      var names = foreign.map(function (dimension) { return words.dimensions[dimension].toLowerCase(); }).join(", ");
      note.line.textContent = nothing ? words.nothing_left : words.not_filtered.replace("{names}", names);
      note.line.hidden = !nothing && !foreign.length;
    });
  }

  /* «1 четверть» is part of «1 четверть 2025/26»: the longer name is offered. */
  function offered(dimension) {
    var all = Array.from(choices[dimension].keys());
    return all.filter(function (text) {
      return !all.some(function (other) { return other !== text && dimension === "term" && other.indexOf(text + " ") === 0; });
    }).sort(function (a, b) { return dimension === "term" ? 0 : a.localeCompare(b, "ru", { numeric: true }); });
  }

  function fits(values, choice) {
    return !values.length || values.some(function (text) { return text === choice || choice.indexOf(text + " ") === 0; });
  }

  function build(form) {
    Object.keys(choices).forEach(function (dimension) {
      var options = offered(dimension);
      if (options.length < 2) { return; }
      var label = document.createElement("label");
      var select = document.createElement("select");
      select.name = dimension;
      select.append(new Option(words.all, ""));
      options.forEach(function (text) { select.append(new Option(text, text)); });
      label.append(words.dimensions[dimension] + " ", select);
      form.insertBefore(label, form.lastElementChild);
    });
    return form.querySelectorAll("select").length > 0;
  }

  function apply(form) {
    var hidden = new Set();
    var said = [];
    var active = [];
    Array.from(form.elements).forEach(function (select) {
      if (!select.name) { return; }
      select.value = posView.get(select.name);
      if (select.selectedIndex < 0) { select.value = ""; }
      if (!select.value) { return; }
      active.push(select.name);
      said.push(words.dimensions[select.name].toLowerCase() + " – " + select.value);
      marked.forEach(function (item) {
        if (item.dimension === select.name && !fits(item.values, select.value)) { hidden.add(item.row); }
      });
    });
    marked.forEach(function (item) { item.row.hidden = hidden.has(item.row); });
    explain(active);
    form.querySelector("output").textContent = said.length ? words.chosen.replace("{chosen}", said.join(", ")) : "";
    form.querySelector("[type=reset]").hidden = !said.length;
    form.classList.toggle("active", said.length > 0);
    document.dispatchEvent(new CustomEvent("posfilter"));
    posView.reach();
  }

  function start() {
    tables.forEach(equip);
    tables.forEach(mark);
    tables.forEach(markByText);
    var form = document.querySelector("form.page-filter");
    if (form && build(form)) {
      form.hidden = false;
      form.addEventListener("input", function (event) {
        var choice = {};
        choice[event.target.name] = event.target.value;
        posView.set(choice);
        apply(form);
      });
      form.addEventListener("reset", function (event) {
        event.preventDefault();
        posView.set({ subject: "", class: "", term: "" });
        apply(form);
      });
      window.addEventListener("hashchange", function () { apply(form); });
      apply(form);
    }
    posView.reach();
  }

  start();
}());
