/* What a reader chose, before the page is painted: colours and size of type.
   A choice lives in the address, after #, and where the browser allows it also on the computer,
   so that the next report opens the same way. Filters live in the address alone. */
var posView = (function () {
  "use strict";
  var root = document.documentElement;
  var system = window.matchMedia("(prefers-color-scheme: dark)");

  /* A text as it is compared: one space where there are some, no sign that only forbids a break. */
  function plain(text) { return text.replace(/\u2060/g, "").replace(/[\s\u00a0\u202f]+/g, " ").trim(); }

  function decoded(text) {
    try { return decodeURIComponent(text); } catch (error) { return text; }
  }

  function chosen() {
    var text = location.hash.slice(1);
    return new URLSearchParams(text.indexOf("=") < 0 && text ? { at: decoded(text) } : text);
  }

  function get(name) { return chosen().get(name) || ""; }

  function set(choices) {
    var all = chosen();
    Object.keys(choices).forEach(function (name) {
      if (choices[name]) { all.set(name, choices[name]); } else { all.delete(name); }
    });
    try { history.replaceState(null, "", "#" + all.toString()); } catch (error) { location.hash = all.toString(); }
  }

  /* A browser may forbid storage to pages opened from a disk. */
  function stored(name, value) {
    try {
      if (value === undefined) { return localStorage.getItem("posanalytics-" + name) || ""; }
      localStorage.setItem("posanalytics-" + name, value);
    } catch (error) { /* then the address alone remembers */ }
    return "";
  }

  function wanted(name) { return get(name) || stored(name); }

  function apply() {
    var theme = wanted("theme");
    root.dataset.theme = theme === "dark" || theme === "light" ? theme : (system.matches ? "dark" : "light");
    root.dataset.size = wanted("size") === "large" ? "large" : "usual";
    document.querySelectorAll("button[data-tool]").forEach(function (button) {
      var on = { theme: root.dataset.theme === "dark", size: root.dataset.size === "large" };
      if (button.dataset.tool in on) { button.setAttribute("aria-pressed", String(on[button.dataset.tool])); }
    });
  }

  /* The contents stand open where there is room for them beside the page (style.css). */
  var wide = window.matchMedia("(min-width: 1620px)");
  function unfold() {
    var contents = document.querySelector("nav.toc details");
    if (contents && wide.matches && root.dataset.size !== "large") { contents.open = true; }
  }

  function choose(name, value) {
    stored(name, value);
    var choice = {};
    choice[name] = value;
    set(choice);
    apply();
    unfold();
    window.dispatchEvent(new Event("resize")); // charts take their new width
  }

  function press(event) {
    var tool = event.currentTarget.dataset.tool;
    if (tool === "theme") { choose("theme", root.dataset.theme === "dark" ? "light" : "dark"); }
    if (tool === "size") { choose("size", root.dataset.size === "large" ? "usual" : "large"); }
    if (tool === "print") { window.print(); }
  }

  /* Links inside the page scroll, and leave the choices in the address. */
  function go(identifier, smooth) {
    var target = identifier && document.getElementById(identifier);
    if (!target) { return; }
    target.scrollIntoView({ behavior: smooth ? "auto" : "instant" });
    if (!target.hasAttribute("tabindex")) { target.tabIndex = -1; }
    target.focus({ preventScroll: true });
  }

  function follow(event) {
    var link = event.target.closest && event.target.closest('a[href^="#"]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) { return; }
    event.preventDefault();
    var identifier = decoded(link.getAttribute("href").slice(1));
    set({ at: identifier });
    go(identifier, true);
  }

  /* What is wider than its frame can be scrolled from the keyboard too. */
  function reach() {
    document.querySelectorAll(".table-scroll, .frame").forEach(function (frame) {
      var wide = frame.scrollWidth > frame.clientWidth + 1 || frame.scrollHeight > frame.clientHeight + 1;
      frame.classList.toggle("wide", frame.scrollWidth > frame.clientWidth + 1);
      if (!wide) { frame.removeAttribute("tabindex"); frame.removeAttribute("role"); return; }
      frame.tabIndex = 0;
      frame.setAttribute("role", "region");
      var named = frame.querySelector("caption, [aria-label]");
      if (named && !frame.hasAttribute("aria-label")) {
        frame.setAttribute("aria-label", named.getAttribute("aria-label") || named.textContent.trim());
      }
    });
  }

  /* What was drawn behind the cover takes its width when the cover opens. */
  function uncover(event) {
    if (event.target.matches && event.target.matches("details.cover[open]")) { window.dispatchEvent(new Event("resize")); }
  }

  /* Paper shows what the cover hides; browsers that cannot do it by style open it for printing. */
  function print(open) {
    if (CSS.supports("selector(::details-content)")) { return; }
    document.querySelectorAll(open ? "details.cover:not([open])" : "details.cover[data-print]").forEach(function (cover) {
      cover.open = open;
      cover.toggleAttribute("data-print", open);
    });
  }

  function start() {
    document.querySelectorAll(".tools").forEach(function (tools) { tools.hidden = false; });
    document.querySelectorAll("button[data-tool]").forEach(function (button) { button.addEventListener("click", press); });
    document.addEventListener("click", follow);
    document.addEventListener("toggle", reach, true);
    document.addEventListener("toggle", uncover, true);
    window.addEventListener("beforeprint", function () { print(true); });
    window.addEventListener("afterprint", function () { print(false); });
    window.addEventListener("resize", reach);
    apply();
    unfold();
    reach();
    if (location.hash.indexOf("=") > 0) { go(get("at"), false); }
  }

  apply();
  system.addEventListener("change", apply);
  window.addEventListener("hashchange", apply);
  document.addEventListener("DOMContentLoaded", start);
  return { get: get, set: set, go: go, reach: reach, plain: plain };
}());
