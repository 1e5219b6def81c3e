/* A chart for a phone: words that stand beside the rows of a wide one stand above them, small
   charts stand in fewer columns, and long words take more lines. No number changes. Says whether
   it did so: only figures of ours stand in pixels, any other scrolls. */
function posNarrow(figure, width) {
  "use strict";
  var layout = figure.layout, margin = layout.margin, notes = layout.annotations || [];
  // what style.canvas writes
  if (!layout.height || !margin || margin.pad !== 0 || !(margin.l + margin.r + margin.t + margin.b >= 0)) { return false; }
  var LINE = 18, EDGE = 10, BESIDE = 126, WORDS = layout.template.layout.font.family;
  var pen = document.createElement("canvas").getContext("2d");

  function long(text, size, bold) {
    pen.font = (bold || /<b>/.test(text) ? "bold " : "") + size + "px " + WORDS;
    return pen.measureText(text.replace(/<[^>]*>/g, "").replace(/&[a-z]+;/g, "-")).width;
  }
  function lines(text) { return text.split("<br>").length; }
  function sizeOf(note) { return (note.font && note.font.size) || 14; }
  function is(note, side, x) { return note.xref === "paper" && note.xanchor === side && note.x === x; }

  /* Which lines are bold, also where the tag stands on a line before. */
  function weights(text) {
    var open = false;
    return text.split("<br>").map(function (line) {
      var bold = open || /<b>/.test(line);
      open = line.lastIndexOf("<b>") > line.lastIndexOf("</b>") || (open && line.indexOf("</b>") < 0);
      return bold;
    });
  }

  function packed(words, room, size, heavy) {
    var out = [], bold = heavy || words.some(function (word) { return /<b>/.test(word); });
    words.forEach(function (word) {
      var last = out[out.length - 1];
      if (out.length && long(last + " " + word, size, bold) <= room) { out[out.length - 1] += " " + word; } else { out.push(word); }
    });
    return out;
  }

  /* As few lines as fit, about equally long; a sign of the key keeps its word. */
  function wrap(text, room, size) {
    var bold = weights(text);
    if (text.split("<br>").every(function (line, at) { return long(line, size, bold[at]) <= room; })) { return text; }
    if (/[\u25a0\u25a8]/.test(text)) {
      var items = text.replace(/<br>/g, " ").split(/[\s\u00a0]+(?=<span[^>]*>[\u25a0\u25a8])/);
      return packed(items.map(function (item) {
        return (long(item, size) > room ? wrapPlain(item.replace(/\u00a0/g, " "), room, size) : item.replace(/ (?![^<]*>)/g, "\u00a0")) + "\u00a0";
      }), room, size).join("<br>");
    }
    return wrapPlain(text, room, size);
  }

  function wrapPlain(text, room, size) {
    var bold = weights(text);
    return text.split("<br>").map(function (whole, at) {
      var bound = whole.replace(/(^|[ (>])([\u0430-\u044f]{1,2}) (?=\S)/gi, "$1$2\u00a0").replace(/(\d) (?=[\u0430-\u044f])/g, "$1\u00a0").replace(/ \u00b7 /g, "\u00a0\u00b7 ");
      var words = bound.split(/ (?![^<]*>)/), out = packed(words, room, size, bold[at]);
      for (var less = room - 6; out.length > 1 && less > room / 2; less -= 6) {
        var tighter = packed(words, less, size, bold[at]);
        if (tighter.length > out.length) { break; }
        out = tighter;
      }
      return out.join("<br>");
    }).join("<br>");
  }

  /* Lines of words as one: a line that only went on goes on, others are set apart. */
  function joinedUp(text) {
    return text.split("<br>").reduce(function (before, line) {
      var went = /[a-z\u0430-\u044f\u0451]$/.test(before.replace(/<[^>]*>/g, "")) && /^[a-z\u0430-\u044f\u0451]/.test(line);
      return before + (went ? " " : " \u00b7 ") + line;
    });
  }

  function middle(values) { return values.filter(function (value, at) { return values.indexOf(value) === at; }).sort(function (a, b) { return a - b; }); }

  /* The words above the plot: as wide as the screen, and room for what they need. */
  function head() {
    var more = 0;
    notes.forEach(function (note) {
      if (note.yref !== "paper" || note.y !== 1 || note.yanchor !== "bottom") { return; }
      var before = lines(note.text);
      note.text = wrap(note.text, width - EDGE, sizeOf(note));
      note.added = LINE * (lines(note.text) - before);
      more += note.added;
    });
    notes.forEach(function (note) {
      if (!("added" in note)) { return; }
      notes.forEach(function (other) {
        if ("added" in other && (other.yshift || 0) > (note.yshift || 0)) { other.lift = (other.lift || 0) + note.added; }
      });
    });
    notes.forEach(function (note) {
      if (!("added" in note)) { return; }
      note.yshift = (note.yshift || 0) + (note.lift || 0);
      if (note.xref !== "paper") { stay(note); }
      delete note.added; delete note.lift;
    });
    margin.t += more; layout.height += more;
  }

  /* Words over a point of the plot that would leave the chart stand at its edge. */
  function stay(note) {
    var range = layout.xaxis.range, size = sizeOf(note), inside = width - margin.l - margin.r;
    var at = margin.l + inside * (note.x - range[0]) / (range[1] - range[0]) + (note.xshift || 0);
    var need = Math.max.apply(null, note.text.split("<br>").map(function (line) { return long(line, size); }));
    var left = at - need * { left: 0, center: 0.5, right: 1 }[note.xanchor];
    var moved = Math.max(2, Math.min(left, width - need - 2)) - left;
    note.xshift = (note.xshift || 0) + moved;
  }

  /* Rows of things: axis y counts pixels from the top. */
  function rows() {
    var before = margin.l, inserts = [];
    var named = notes.filter(function (note) { return is(note, "left", 0) && note.yref === "y" && note.xshift < -60; });
    var said = notes.filter(function (note) { return is(note, "left", 1) && note.yref === "y"; });
    margin.l = EDGE; margin.r = EDGE + 6;
    notes.forEach(function (note) { if (is(note, "left", 0) && note.xshift <= -before + 8) { note.xshift = -EDGE; } });
    var told = named.filter(function (note) { return note.yanchor === "middle" && (!said.length || pair(note)); });
    function pair(note) { return said.find(function (other) { return Math.abs(other.y - note.y) < 1; }); }
    var places = middle(told.map(function (note) { return note.y; }));
    var pitch = Math.min.apply(null, places.slice(1).map(function (y, at) { return y - places[at]; }).concat([48]));
    var half = Math.min(24, pitch / 2 - 1);
    var joined = told.map(function (note) {
      var other = pair(note);
      return { note: note, other: other, name: note.text.replace(/<br>/g, " "), words: other ? joinedUp(other.text) : "" };
    });
    var short = joined.every(function (row) {
      return long(row.name, sizeOf(row.note)) + long(row.words, row.other ? sizeOf(row.other) : 13) + 14 <= width - EDGE;
    });
    joined.forEach(function (row) {
      var crowned = notes.some(function (note) {
        return note.xref === "x" && note.yref === "y" && note.yanchor === "bottom" && row.note.y - note.y > 0 && row.note.y - note.y <= half;
      });
      row.words = short ? row.words : wrap(row.words, width - EDGE, row.other ? sizeOf(row.other) : 13);
      row.crown = crowned ? 26 : 0;
      row.name = wrap(row.name, width - EDGE, sizeOf(row.note));
      inserts.push({ at: row.note.y - half, add: row.crown + LINE * (lines(row.name) + (short || !row.other ? 0 : lines(row.words))) + (short ? 4 : 6) });
    });
    named.forEach(function (note) {
      if (told.indexOf(note) >= 0) { return; }
      note.text = wrap(note.text, width - EDGE, sizeOf(note));
      inserts.push({ at: note.y - 1, add: LINE * (lines(note.text) - 1) });
    });
    function moved(y) { return y + inserts.reduce(function (sum, one) { return sum + (one.at < y ? one.add : 0); }, 0); }
    joined.forEach(function (row) {
      var top = moved(row.note.y) - half - row.crown;
      Object.assign(row.note, { text: row.name, y: top, yanchor: "bottom", done: true });
      if (!row.other) { return; }
      Object.assign(row.other, { text: row.words, y: top, yanchor: "bottom", done: true, xshift: -EDGE });
      if (short) { Object.assign(row.other, { xanchor: "right", align: "right", xshift: EDGE + 4 }); return; }
      Object.assign(row.other, { x: 0 });
      row.note.yshift = LINE * lines(row.words);
    });
    notes.forEach(function (note) {
      if (note.yref === "y" && !note.done) { note.y = moved(note.y); }
      delete note.done;
    });
    (layout.shapes || []).forEach(function (shape) {
      if (shape.yref === "paper") { return; }
      var thin = Math.abs(shape.y1 - shape.y0) <= 2 * half + 2, centre = moved((shape.y0 + shape.y1) / 2) - (shape.y0 + shape.y1) / 2;
      shape.y0 = thin ? shape.y0 + centre : moved(shape.y0);
      shape.y1 = thin ? shape.y1 + centre : moved(shape.y1);
    });
    figure.data.forEach(function (trace) {
      if (Array.isArray(trace.y)) { trace.y = trace.y.map(function (y) { return typeof y === "number" ? moved(y) : y; }); }
    });
    var inside = layout.yaxis.range[0], grown = moved(inside) - inside;
    layout.yaxis.range = [inside + grown, 0]; layout.height += grown;
  }

  /* Words at the ends of lines: a narrower column, one under another. */
  function beside() {
    var said = notes.filter(function (note) { return is(note, "left", 1) && note.yref === "y"; });
    var inside = layout.height - margin.t - margin.b, range = layout.yaxis.range, below = -Infinity;
    margin.r = Math.min(margin.r, BESIDE + 10);
    said.forEach(function (note) { note.text = wrap(note.text, BESIDE, sizeOf(note)); });
    said.sort(function (a, b) { return b.y - a.y; }).forEach(function (note) {
      var high = lines(note.text) * LINE, at = inside * (range[1] - note.y) / (range[1] - range[0]) - (note.yshift || 0);
      var placed = Math.max(at, below + high / 2 + 4);
      note.yshift = (note.yshift || 0) - (placed - at);
      below = placed + high / 2;
    });
    // what left the plot at its foot goes up together
    var over = Math.max(0, below - inside);
    said.forEach(function (note) { note.yshift += over; });
  }

  function axes(letter) { return Object.keys(layout).filter(function (key) { return key.indexOf(letter + "axis") === 0; }); }

  function atMost(text, count) {
    var all = text.split("<br>");
    return all.slice(0, count).join("<br>") + (all.length > count ? "\u2026</b>" : "");
  }

  /* Small charts, three in a row: two. */
  function panels() {
    var across = axes("x"), first = layout[across[0]].domain, gutter = 0.17, side = (1 - gutter) / 2;
    var inside = layout.height - margin.t - margin.b;
    var tops = middle(across.map(function (key) { return -layout["y" + key.slice(1)].domain[1]; }));
    var pitch = tops.length > 1 ? (tops[1] - tops[0]) * inside : inside;
    var now = inside + (Math.ceil(across.length / 2) - tops.length) * pitch, wide = first[1] - first[0];
    across.forEach(function (key, at) {
      var x = layout[key], y = layout["y" + key.slice(1)], old = [x.domain[0], y.domain[1]];
      var left = (at % 2) * (side + gutter), row = Math.floor(at / 2);
      var drop = (1 + tops[0]) * inside + row * pitch, high = (y.domain[1] - y.domain[0]) * inside;
      x.domain = [left, left + side];
      y.domain = [1 - (drop + high) / now, 1 - drop / now];
      notes.forEach(function (note) {
        if (note.xref !== "paper" || note.yref !== "paper" || note.done) { return; }
        if (note.x < old[0] - 0.01 || note.x > old[0] + wide + 0.01 || Math.abs(note.y - old[1]) > 0.02 || note.y === 1) { return; }
        var room = (width - margin.l - margin.r) * (side + gutter) - 4;
        Object.assign(note, { text: atMost(wrap(note.text, room, sizeOf(note)), 2), x: left, y: y.domain[1], xshift: 8 - margin.l, done: true });
      });
    });
    notes.forEach(function (note) { delete note.done; });
    layout.height += now - inside;
  }

  /* Two tables of moves side by side: one under the other. */
  function stack() {
    var high = layout.yaxis.range[0], top = margin.t, step = high + top;
    axes("x").forEach(function (key, at) {
      var name = "x" + key.slice(5);
      layout[key].domain = [0, 1];
      figure.data.forEach(function (trace) {
        if ((trace.xaxis || "x") === name) { trace.y = trace.y.map(function (y) { return y + at * step; }); }
      });
      notes.concat(layout.shapes || []).forEach(function (one) {
        if (one.xref !== name) { return; }
        if ("y0" in one) { one.y0 += at * step; one.y1 += at * step; } else if (one.yref === "y") { one.y += at * step; }
      });
    });
    var added = (axes("x").length - 1) * step;
    layout.yaxis.range = [high + added, 0]; layout.height += added;
  }

  /* A title of the axis is as wide as the screen, too. */
  function titles() {
    axes("x").forEach(function (key) {
      var axis = layout[key], ticks = axis.tickvals, share = axis.domain ? axis.domain[1] - axis.domain[0] : 1;
      if (!ticks || !axis.range || layout.yaxis.range[1] === 0 || ticks.length < 3) { return; }
      var every = Math.ceil(46 * (axis.range[1] - axis.range[0]) / (ticks[1] - ticks[0]) / ((width - margin.l - margin.r) * share));
      function kept(_, at) { return (ticks.length - 1 - at) % every === 0; }
      axis.tickvals = ticks.filter(kept);
      if (axis.ticktext) { axis.ticktext = axis.ticktext.filter(kept); }
    });
    var key = layout.xaxis && layout.xaxis.title && layout.xaxis.title.text;
    if (!key) { return; }
    var text = wrap(key, width - EDGE, 13), more = LINE * (lines(text) - lines(key));
    layout.xaxis.title.text = text; margin.b += more; layout.height += more;
  }

  var columns = middle(axes("x").map(function (key) { return (layout[key].domain || [0])[0]; })).length;
  var counted = layout.yaxis && layout.yaxis.visible === false && layout.yaxis.range && layout.yaxis.range[1] === 0;
  if (columns > 2) { panels(); } else if (columns === 2 && counted) { stack(); } else if (counted && margin.l > 100) { rows(); } else if (margin.r > 100) { beside(); }
  titles();
  head();
  return true;
}
