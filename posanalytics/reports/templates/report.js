/* Unpack plotly.js and draw every figure of the page. */
(function () {
  "use strict";
  var CONFIG = {
    locale: "ru", displaylogo: false, showSendToCloud: false, responsive: true,
    modeBarButtonsToRemove: ["lasso2d", "select2d", "autoScale2d"],
    toImageButtonOptions: { scale: 2 }
  };

  function json(id) { return JSON.parse(document.getElementById(id).textContent); }

  var DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%.()*+-;,=:?@^_`{|}~";

  /* Base 85 as page.py writes it: five digits hold four bytes, the last group is padded. */
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
    var box = document.getElementById("plotly-packed");
    var bytes = bytesOf(box.textContent, Number(box.dataset.size));
    var stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).text();
  }

  function run(source) {
    var script = document.createElement("script");
    script.textContent = source; // its hash is in the policy of the page
    document.head.appendChild(script);
  }

  async function draw(box, templates) {
    var figure = json("figure-" + box.dataset.figure + "-data");
    figure.layout.template = structuredClone(templates[figure.template]);
    box.textContent = "";
    await Plotly.newPlot(box, figure.data, figure.layout, CONFIG);
    box.dataset.drawn = "yes";
  }

  function giveUp(boxes) {
    var words = json("plot-words");
    boxes.forEach(function (box) {
      box.style.minHeight = "0";
      box.textContent = words.failed;
      var table = box.parentElement.querySelector("details");
      if (table) { table.open = true; }
    });
  }

  async function main() {
    var boxes = Array.from(document.querySelectorAll("div.plot[data-figure]"));
    if (!boxes.length) { return; }
    try {
      run(await unpacked());
      Plotly.register(plotlyInRussian());
      var templates = json("plot-templates");
      for (var i = 0; i < boxes.length; i += 1) { await draw(boxes[i], templates); }
    } catch (error) {
      console.error(error);
      giveUp(boxes.filter(function (box) { return !box.dataset.drawn; }));
      return;
    }
    document.documentElement.dataset.drawn = String(boxes.length);
  }

  main();
}());
