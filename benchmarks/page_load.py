"""Time until every chart of a page is drawn: our pages beside nbconvert's of the same notebooks.

    python benchmarks/page_load.py                  a demo school made for it
    python benchmarks/page_load.py --school DIR     a school whose reports are ready

A page is opened from the disk in a Chromium of its own, without a network; the clock starts with
the navigation and stops in the first frame in which each chart has its drawing. Median of five,
ours and nbconvert's in turn. nbconvert shows no figure of plotly's own type, so it is given each
as plotly's «notebook» renderer would have left it: the library once, then the figures.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import nbformat
import plotly.io
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
PLOTLY = "application/vnd.plotly.v1+json"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
TIMES, LIMIT_MS = 5, 60_000
GOAL_SECONDS, GOAL_MB = 1.2, 0.75
CLOCK = """
    const look = () => {
        const charts = [...document.querySelectorAll('.js-plotly-plot')]
            .filter(chart => chart.querySelector('.main-svg'));
        if (charts.length >= EXPECTED) { window.allDrawn = performance.now(); }
        else { requestAnimationFrame(look); }
    };
    requestAnimationFrame(look);
"""


class Page(NamedTuple):
    """A page and the number of its charts."""

    file: Path
    figures: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--school", type=Path, help="a school with reports that are ready")
    given = parser.parse_args().school
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        school = given or made(folder)
        pairs = [pair(executed, school, folder) for executed in notebooks(school)]
        compare(pairs)


def made(folder):
    """Return a demo school with its reports."""
    environment = os.environ | {
        "POSANALYTICS_KEY_FILE": str(folder / "vault" / "key"), "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    school = folder / "school"
    for line in (["demo", str(school)], ["run", "-C", str(school)]):
        command = [sys.executable, "-m", "posanalytics", *line]
        subprocess.run(command, check=True, capture_output=True, env=environment)
    return school


def notebooks(school):
    found = sorted((school / "data" / "processed" / "executed").glob("*.ipynb"))
    return [file for file in found if (school / "reports" / f"{file.stem}.html").exists()]


def pair(executed, school, folder):
    """Return our page of an executed notebook, and nbconvert's."""
    notebook = nbformat.read(executed, as_version=4)
    figures = 0
    for output in (output for cell in notebook.cells for output in cell.get("outputs", ())):
        data = output.get("data", {})
        if PLOTLY in data:
            figure = {key: data[PLOTLY][key] for key in ("data", "layout")}
            data["text/html"] = plotly.io.to_html(
                figure, include_plotlyjs=not figures, full_html=False, validate=False
            )
            figures += 1
    source = folder / executed.name
    nbformat.write(notebook, source)
    convert = [sys.executable, "-m", "nbconvert", "--to", "html", str(source)]
    subprocess.run(convert, check=True, capture_output=True)
    ours = school / "reports" / f"{executed.stem}.html"
    return Page(ours, figures), Page(source.with_suffix(".html"), figures)


def compare(pairs):
    print(f"{os.cpu_count()} cores, load of the machine before: {os.getloadavg()[0]:.1f}")
    print(f"median of {TIMES}, ms until every chart is drawn (least to most)\n")
    print(f"{'report':34}{'charts':>7}{'ours':>22}{'nbconvert':>22}{'ratio':>7}{'MB':>6}{'MB':>7}")
    with sync_playwright() as playwright:
        rows = [row(playwright, *both) for both in pairs]
    slowest, heaviest = max(time for time, _ in rows) / 1000, max(size for _, size in rows) / 1e6
    print(f"\nslowest {slowest:.2f} s, goal {GOAL_SECONDS}: {said(slowest, GOAL_SECONDS)}")
    print(f"heaviest {heaviest:.2f} MB, goal {GOAL_MB}: {said(heaviest, GOAL_MB)}")


def said(value, goal):
    return "reached" if value <= goal else "missed"


def row(playwright, ours, theirs):
    times = [[opened(playwright, page) for page in (ours, theirs)] for _ in range(TIMES)]
    mine, other = ([pair[which] for pair in times] for which in (0, 1))
    ratio = statistics.median(other) / statistics.median(mine)
    sizes = [page.file.stat().st_size for page in (ours, theirs)]
    print(
        f"{ours.file.stem:34}{ours.figures:>7}{spread(mine):>22}{spread(other):>22}{ratio:>7.1f}"
        f"{sizes[0] / 1e6:>6.2f}{sizes[1] / 1e6:>7.2f}",
        flush=True,
    )
    return statistics.median(mine), sizes[0]


def spread(times):
    return f"{statistics.median(times):.0f} ({min(times):.0f}–{max(times):.0f})"


def opened(playwright, page):
    """Return the milliseconds until every chart of a page is drawn, in a browser of its own."""
    browser = playwright.chromium.launch(
        executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
    )
    try:
        context = browser.new_context(viewport={"width": 1280, "height": 720}, offline=True)
        tab = context.new_page()
        tab.route("http*://**", lambda route: route.abort())
        tab.add_init_script(CLOCK.replace("EXPECTED", json.dumps(page.figures)))
        tab.goto(page.file.resolve().as_uri())
        tab.wait_for_function("window.allDrawn", timeout=LIMIT_MS)
        return tab.evaluate("window.allDrawn")
    finally:
        browser.close()


if __name__ == "__main__":
    main()
