/* Dark twins of the colours of posanalytics/figures/style.py. Figures keep their colours in the
   file; on a dark screen a sheet made here swaps each of the palette for its twin. Bars of marks
   stay as they are, with their words: the scale from grey to teal reads on both. */
function posDarkSheet() {
  "use strict";
  var TWINS = {
    "#1c2226": "var(--ink)", "#5b656d": "var(--muted)", "#dfe3e6": "var(--rule)",
    "#c3c9cd": "#66717a", "#ffffff": "var(--paper)",
    "#0b6b6b": "var(--innovative)", "#b4621a": "var(--control)", "#8c3f5d": "var(--fall)",
    "#44589b": "#a9b8f0",
    "#2f5d8a": "#82b4e4", "#7a4f9a": "#c6a0e6", "#5a7a2e": "#a8cc72",
    "#a04668": "#e892b2", "#2a8296": "#6cc6da", "#86642c": "#d4b272"
  };
  var dark = ':root[data-theme="dark"] .js-plotly-plot ';

  function rgb(hex) {
    return [1, 3, 5].map(function (at) { return parseInt(hex.slice(at, at + 2), 16); }).join(", ");
  }

  function rules(hex) {
    var twin = TWINS[hex] + " !important; }";
    return [
      dark + ':is(text, path)[style*="fill: rgb(' + rgb(hex) + ')"]:not(.barlayer *, .hoverlayer *) { fill: ' + twin,
      dark + 'path[style*="stroke: rgb(' + rgb(hex) + ')"]:not(.hoverlayer *) { stroke: ' + twin,
      dark + 'tspan[style*="fill:' + hex + '"] { fill: ' + twin
    ].join("\n");
  }

  return "@media screen {\n" + Object.keys(TWINS).map(rules).join("\n") + "\n}";
}
