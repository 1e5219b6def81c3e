/* Unpack plotly.js and draw every figure of the page. */
(function () {
  "use strict";
  var CONFIG = {
    locale: "ru", displaylogo: false, showSendToCloud: false, responsive: true,
    modeBarButtonsToRemove: ["lasso2d", "select2d", "autoScale2d"],
    toImageButtonOptions: { scale: 2 }
  };

  function json(id) { return JSON.parse(document.getElementById(id).textContent); }

  async function unpacked() {
    var text = document.getElementById("plotly-packed").textContent;
    var bytes = Uint8Array.from(atob(text), function (c) { return c.charCodeAt(0); });
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
