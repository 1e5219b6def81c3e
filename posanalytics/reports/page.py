"""One executed notebook as one offline HTML page: sections, scripts, how it came about."""

from __future__ import annotations

import functools
import html
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from posanalytics import __version__
from posanalytics.reports.assets import as_json, environment, script_text, style, trusted
from posanalytics.reports.charts import Figure, figure_of
from posanalytics.reports.cleaning import markdown
from posanalytics.reports.cover import Cover, Finding, covered
from posanalytics.reports.inspection import policy
from posanalytics.reports.outputs import is_quiet, pieces, trace_types, whole_text
from posanalytics.reports.plotlyjs import plotly_bundle
from posanalytics.reports.values import NUMBER
from posanalytics.wording import say

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from posanalytics.reports.parameters import Facts

# What a page runs after its text; all but the first is for figures.
_SCRIPTS = ("tables.js", "dark.js", "locale.js", "narrow.js", "report.js")


@dataclass
class Section:
    """A question of the report: its heading and everything below it."""

    identifier: str
    heading: Markup | None = None
    pieces: list[Figure | Markup] = field(default_factory=list)
    finding: bool = False  # tells what was found
    covered: bool = False
    cover: Cover | None = None  # which begins here
    ends_cover: bool = False


def render(notebook: Any, *, facts: Facts, name: str = "") -> str:
    """Return the page of an executed notebook; the same notebook gives the same bytes."""
    sections, title, templates = _sections(notebook)
    figures = [piece for part in sections for piece in part.pieces if isinstance(piece, Figure)]
    bundle = plotly_bundle(trace_types(notebook)) if figures else None
    early = script_text("view.js")
    script = "".join(map(script_text, _SCRIPTS if figures else _SCRIPTS[:1]))
    return whole_text(
        environment()
        .get_template("report.html.j2")
        .render(
            say=sayer(facts.language),
            facts=facts,
            title=facts.title or title or name or _said(facts.language, "untitled"),
            sections=sections,
            templates=as_json(templates),
            bundle=bundle,
            words=as_json(_words(facts.language)),
            early=trusted(early),
            script=trusted(script),
            style=style(),
            policy=policy([early, script, *([bundle] if bundle else [])]),
            stamp=passport(notebook, facts, name),
        )
    )


def prepare() -> None:
    """Load ahead what the first page would wait for."""
    plotly_bundle()


def write(file: Path, text: str) -> None:
    """Write a page the same on every system."""
    file.write_text(whole_text(text), "utf-8", newline="\n")


def sayer(language: str) -> Callable[..., str]:
    """Return the function by which a template finds its words."""
    return functools.partial(_said, language)


def _words(language: str) -> dict[str, Any]:
    """Return what the scripts of a page say, and the heads of columns that filters know."""
    plain = (
        "failed", "copy", "copied", "not_copied", "csv", "all", "fewer_rows", "nothing_left",
    )  # fmt: skip
    facets = ("subject", "class", "term")
    return {
        **{name: _said(language, f"words_{name}") for name in plain},
        "number": NUMBER,
        "chosen": _said(language, "words_chosen", chosen="{chosen}"),
        "not_filtered": _said(language, "words_not_filtered", names="{names}"),
        "all_rows": _said(language, "words_all_rows", count="{count}"),
        "dimensions": {name: _said(language, f"filter_{name}") for name in facets},
        "columns": {
            name: _said(language, f"heads_{name}").split("|") for name in (*facets, "file")
        },
    }


def _said(language: str, key: str, **slots: Any) -> str:
    return say(f"reports.{key}", lang=language, **slots)


def passport(notebook: Any, facts: Facts, name: str) -> list[tuple[str, str]]:
    """Return how a report came about: notebook, parameters, data, version, day."""
    parameters = notebook.metadata.get("papermill", {}).get("parameters", {})
    given = "; ".join(f"{key} = {_shown(value)}" for key, value in sorted(parameters.items()))
    rows = [
        ("stamp_notebook", name),
        ("stamp_parameters", given),
        ("stamp_sources", facts.sources),
        ("stamp_version", f"posanalytics {__version__}"),
        ("stamp_generated", facts.generated),
    ]
    return [(_said(facts.language, label), value) for label, value in rows if value]


def _shown(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _sections(notebook: Any) -> tuple[list[Section], str, list[Any]]:
    """Return the sections, the text of the first h1, and the figures' distinct templates."""
    sections, title, figures = [Section("top")], "", 0
    templates: list[Any] = []
    cover = None
    for piece in pieces(notebook):
        if isinstance(piece, Markup):
            sections[-1].pieces.append(piece)
        elif isinstance(piece, str):
            title = title or _first_heading(piece)
            _add_prose(sections, piece)
        elif isinstance(piece, Cover):
            cover = piece
        else:
            figures += 1
            sections[-1].pieces.append(figure_of(figures, piece, templates))
    sections = [part for part in covered(sections, cover) if part.heading or part.pieces]
    return sections, title, templates


def title_of(notebook: Any) -> str:
    """Return the h1 that a notebook opens with, empty where it has none."""
    titles = (
        _first_heading(markdown(cell.source))
        for cell in notebook.cells
        if cell.cell_type == "markdown" and not is_quiet(cell)
    )
    return next(filter(None, titles), "")


def _first_heading(prose: str) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", prose, re.DOTALL)
    return html.unescape(re.sub(r"<[^>]*>", "", found[1])) if found else ""


def _add_prose(sections: list[Section], prose: str) -> None:
    """Open a section at every h2; the h1 becomes the title of the page and leaves the text."""
    finding = isinstance(prose, Finding)
    prose = re.sub(r"<h1[^>]*>.*?</h1>", "", prose, flags=re.DOTALL)
    # Only our own renderer writes <h2>: HTML in markdown comes out escaped.
    for part in re.split(r"(?=<h2>)", prose):
        heading, text = re.match(r"(?:<h2>(.*?)</h2>)?(.*)", part, re.DOTALL).groups()  # type: ignore[union-attr]
        if heading is not None:
            identifier = f"s{len(sections)}"
            sections.append(Section(identifier, Markup(heading), finding=finding))  # noqa: S704
        if text.strip():
            sections[-1].pieces.append(
                Markup('<div class="prose">{}</div>').format(Markup(text.strip()))  # noqa: S704
            )
