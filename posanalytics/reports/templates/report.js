/* Unpack plotly.js and draw every figure of the page. */
(function () {
  "use strict";
  var CONFIG = {
    locale: "ru", displaylogo: false, showSendToCloud: false, responsive: true,
    modeBarButtonsToRemove: ["lasso2d", "select2d", "autoScale2d"],
    toImageButtonOptions: { scale: 2 }
  };

  /* Only a script element of ours: HTML of an output may have the same id. */
  function packed(id) { return document.querySelector('script[id="' + id + '"]'); }
  function json(id) { return JSON.parse(packed(id).textContent); }

  var DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%.()*+-;,=:?@^_`{|}~";

  /* Base 85 as plotlyjs.py writes it: five digits hold four bytes, the last group is padded. */
  function bytesOf(text, size) {
    var values = new Uint8Array(128);
    for (var d = 0; d < 85; d += 1) { values[DIGITS.charCodeAt(d)] = d; }
    var bytes = new Uint8Array(Math.ceil(text.length / 5) * 4);
    for (var i = 0, at = 0; i < text.length; i += 5, at += 4) {
      var word = 0;
      for (var j = i; j < i + 5; j += 1) {
        word = word * 85 + (j < text.length ? values[text.charCodeAt(j)] : 84);
      }
      bytes[at] = word >>> 24; bytes[at + 1] = word >>> 16; bytes[at + 2] = word >>> 8; bytes[at + 3] = word;
    }
    return bytes.subarray(0, size);
  }

  async function unpacked() {
    var box = packed("plotly-packed");
    var bytes = bytesOf(box.textContent, Number(box.dataset.size));
    var stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).text();
  }

  function run(source) {
    var script = document.createElement("script");
    script.textContent = source; // its hash is in the policy of the page
    document.head.appendChild(script);
  }

  /* On paper a chart takes PAPER pixels, whatever the width of the screen it was drawn for. */
  var PAPER = 518;

  function measure(box) {
    var width = box._fullLayout.width;
    box.style.setProperty("--drawn", width + "px");
    box.style.setProperty("--print-zoom", String(Math.min(1, PAPER / width)));
  }

  /* Below this width words beside the rows leave no room for the rows (narrow.js). */
  var NARROW = 600;

  function roomOf(box) { return box.parentElement.clientWidth || document.querySelector("main").clientWidth - 32; }

  function figureFor(box, templates) {
    var figure = json("figure-" + box.dataset.figure + "-data"), room = roomOf(box);
    figure.layout.template = structuredClone(templates[figure.template]);
    var narrow = room < NARROW && posNarrow(figure, room);
    box.classList.toggle("narrow", narrow);
    box.dataset.narrow = String(room < NARROW);
    if (narrow) { box.style.minHeight = figure.layout.height + "px"; }
    return figure;
  }

  /* A phone that is turned shows the chart's other form. */
  function turn(box, templates) {
    if (window.matchMedia("print").matches || box.dataset.narrow === String(roomOf(box) < NARROW)) { return; }
    var figure = figureFor(box, templates);
    if (figure.layout.height) { box.style.minHeight = figure.layout.height + "px"; }
    Plotly.react(box, figure.data, figure.layout, CONFIG);
  }

  async function draw(box, templates) {
    var figure = figureFor(box, templates);
    box.textContent = "";
    await Plotly.newPlot(box, figure.data, figure.layout, CONFIG);
    // the frame around is named by the alt text; what stands in it is read in the table below
    box.querySelectorAll(".main-svg").forEach(function (svg) { svg.setAttribute("aria-hidden", "true"); });
    measure(box);
    box.on("plotly_afterplot", function () { measure(box); });
    box.dataset.drawn = "yes";
  }

  /* Words of a chart may hold tags of plotly. */
  function untagged(text) { return posView.plain(String(text || "").replace(/<[^>]*>/g, " ")); }

  /* Which values of the table behind a chart name a part of it: a line by its name, or a small
     chart by the heading over it. The figure may say so itself: trace.meta = {subject: …}. */
  function partsOf(box, dimension, columns) {
    var table = box.closest("figure").querySelector("table.tidy");
    if (!table) { return null; }
    var heads = Array.from(table.tHead.rows[0].cells).map(function (cell) { return posView.plain(cell.textContent); });
    var column = heads.findIndex(function (head) { return columns.indexOf(head) >= 0; });
    if (column < 0) { return null; }
    var values = new Set(Array.from(table.tBodies[0].rows).map(function (row) { return posView.plain(row.cells[column].textContent); }));
    var headed = box.data.map(function (trace) { return headingOver(box, trace, values); });
    var small = new Set(headed.filter(Boolean)).size > 1;
    return box.data.map(function (trace, at) {
      if (trace.meta && trace.meta[dimension]) { return untagged(trace.meta[dimension]); }
      if (small) { return headed[at]; }
      return values.has(untagged(trace.name)) ? untagged(trace.name) : "";
    });
  }

  /* The words nearest to the top of a small chart, where they are one of the values. */
  function headingOver(box, trace, values) {
    var across = box._fullLayout["xaxis" + (trace.xaxis || "x").slice(1)];
    var up = box._fullLayout["yaxis" + (trace.yaxis || "y").slice(1)];
    if (!across || !up) { return ""; }
    var best = { text: "", far: 0.1 };
    (box.layout.annotations || []).forEach(function (note) {
      if (!values.has(untagged(note.text))) { return; }
      if (note.xref !== "paper") {
        if (String(note.xref).split(" ")[0] === (trace.xaxis || "x")) { best = { text: untagged(note.text), far: 0 }; }
        return;
      }
      var inside = note.x >= across.domain[0] - 0.06 && note.x <= across.domain[1];
      var far = Math.abs(note.y - up.domain[1]);
      if (inside && far < best.far) { best = { text: untagged(note.text), far: far }; }
    });
    return best.text;
  }

  /* Parts that were not chosen step back; nothing leaves the chart. */
  function follow(box, words) {
    var named = Object.keys(words.dimensions);
    var faded = box.data.map(function () { return false; });
    named.forEach(function (dimension) {
      var choice = posView.get(dimension);
      var parts = choice && partsOf(box, dimension, words.columns[dimension]);
      if (!parts || parts.indexOf(choice) < 0) { return; }
      parts.forEach(function (part, at) { faded[at] = faded[at] || (part !== "" && part !== choice); });
    });
    var now = faded.map(function (is) { return is ? 0.15 : 1; });
    var before = box.data.map(function (trace) { return trace.opacity === 0.15 ? 0.15 : 1; });
    if (now.join() === before.join()) { return; }
    now.forEach(function (opacity, at) {
      if (opacity !== before[at]) { Plotly.restyle(box, { opacity: opacity }, [at]); }
    });
  }

  function followAll() {
    var words = json("page-words");
    document.querySelectorAll("div.plot[data-drawn]").forEach(function (box) { follow(box, words); });
  }

  function darken() {
    var sheet = document.createElement("style");
    sheet.textContent = posDarkSheet();
    document.head.appendChild(sheet);
  }

  function giveUp(boxes) {
    var words = json("page-words");
    boxes.forEach(function (box) {
      box.style.minHeight = "0";
      box.textContent = words.failed;
      var table = box.closest("figure").querySelector("details");
      if (table) { table.open = true; }
    });
  }

  /* One chart that cannot be drawn takes no other with it. */
  async function drawAll(boxes, templates) {
    var drawn = 0;
    for (var i = 0; i < boxes.length; i += 1) {
      try { await draw(boxes[i], templates); drawn += 1; } catch (error) { console.error(error); giveUp([boxes[i]]); }
    }
    return drawn;
  }

  async function main() {
    var boxes = Array.from(document.querySelectorAll("figure.chart > .frame > div.plot[data-figure]"));
    var drawn = 0, templates;
    if (!boxes.length) { return; }
    darken();
    try {
      run(await unpacked());
      Plotly.register(plotlyInRussian());
      templates = json("plot-templates");
      drawn = await drawAll(boxes, templates);
    } catch (error) {
      console.error(error);
      giveUp(boxes.filter(function (box) { return !box.dataset.drawn; }));
      return;
    }
    followAll();
    document.addEventListener("posfilter", followAll);
    window.addEventListener("resize", function () {
      boxes.forEach(function (box) { if (box.dataset.drawn) { turn(box, templates); } });
      followAll();
    });
    posView.reach();
    document.documentElement.dataset.drawn = String(drawn);
  }

  main();
}());
