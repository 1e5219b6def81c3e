"""One executed notebook as one offline HTML page: sections, figures, checks."""

from __future__ import annotations

import base64
import functools
import gzip
import hashlib
import html
import json
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from importlib import resources
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import jinja2
import mistune
from markupsafe import Markup, escape

from posanalytics import __version__
from posanalytics.wording import decimal, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from posanalytics.reports.parameters import Facts

PLOTLY = "application/vnd.plotly.v1+json"
# Trace types of the small bundles of plotly.js (hatch_build.py), the smallest first; any other
# type takes the full one.
SMALL = {
    "plotly-basic.min.js": frozenset({"bar", "pie", "scatter"}),
    "plotly-cartesian.min.js": frozenset({
        "bar", "box", "contour", "heatmap", "histogram", "histogram2d", "histogram2dcontour",
        "image", "pie", "scatter", "scatterternary", "violin",
    }),
}  # fmt: skip
# Base 85 without the letters that mean something in HTML; report.js reads it back.
_HARMLESS = str.maketrans("<>&", ",:.")
QUIET_TAGS = {"parameters", "injected-parameters", "remove-cell", "remove-output"}
# Comments of our own templates stand at the start of a line.
_COMMENT = re.compile(r"^\s*(?:/\*.*?\*/|//[^\n]*)$", re.DOTALL | re.MULTILINE)
_INDENT = re.compile(r"^\s+", re.MULTILINE)
# What a page runs after its text; all but the first is for figures.
_SCRIPTS = ("tables.js", "dark.js", "locale.js", "report.js")
_DATA_IMAGE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]+\Z")
_OUTSIDE = re.compile(
    r"\s*(?:[a-z][a-z0-9+.-]*:)?//|\s*(?:javascript|vbscript|file|data):", re.IGNORECASE
)
_CSS_OUTSIDE = re.compile(r"@import|url\(\s*['\"]?(?!data:|#)", re.IGNORECASE)


class PageIncomplete(Exception):
    """The page lacks a figure of its notebook, or asks for something outside itself."""


class Cell(NamedTuple):
    """One value of the table behind a figure."""

    text: str
    number: bool = False


class Figure(NamedTuple):
    """One plotly figure as the template shows it."""

    number: int
    payload: Markup
    title: str
    alt: str
    note: str
    help: str
    columns: Sequence[Cell]
    rows: Sequence[Sequence[Cell]]
    height: int


@dataclass
class Section:
    """A question of the report: its heading and everything below it."""

    identifier: str
    heading: Markup | None = None
    pieces: list[Figure | Markup] = field(default_factory=list)


class Bundle(NamedTuple):
    """plotly.js, compressed for the page, and the hash that lets it run there."""

    packed: str  # gzip in base 85, 6 % shorter than in base 64
    size: int  # bytes of the gzip
    hash: str


def render(notebook: Any, *, facts: Facts, name: str = "") -> str:
    """Return the page of an executed notebook; the same notebook gives the same bytes."""
    sections, title, templates = _sections(notebook)
    figures = [piece for part in sections for piece in part.pieces if isinstance(piece, Figure)]
    bundle = plotly_bundle(_traces(notebook)) if figures else None
    early = script_text("view.js")
    script = "".join(map(script_text, _SCRIPTS if figures else _SCRIPTS[:1]))
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            say=sayer(facts.language),
            facts=facts,
            title=facts.title or title or name or _said(facts.language, "untitled"),
            sections=sections,
            templates=_json(templates),
            bundle=bundle,
            words=_json(_words(facts.language)),
            early=trusted(early),
            script=trusted(script),
            style=style(),
            policy=policy([early, script, *([bundle] if bundle else [])]),
            stamp=passport(notebook, facts, name),
        )
    )


def check(notebook: Any, page: str) -> int:
    """Return the number of figures on the page once all of them are there and nothing leaves it.

    Raises
    ------
    PageIncomplete
        A figure is missing or unreadable, or an address outside the file is left.
    """
    expected = sum(1 for output in _outputs(notebook) if PLOTLY in output.get("data", {}))
    reader = check_addresses(page)
    found = sum(1 for payload in reader.payloads if "data" in json.loads(payload))
    if found != expected:
        raise PageIncomplete(say("reports.figures_missing", expected=expected, found=found))
    return found


def check_addresses(page: str) -> _PageReader:
    """Return what was found on a page that leads nowhere outside itself and its neighbours."""
    reader = _PageReader()
    reader.feed(page)
    reader.close()
    if reader.outside:
        raise PageIncomplete(say("reports.outside_address", found=reader.outside[0]))
    return reader


def policy(scripts: Iterable[str | Bundle]) -> str:
    """Return the Content-Security-Policy under which these scripts run and nothing else."""
    hashes = [
        script.hash if isinstance(script, Bundle) else _hash(script.encode()) for script in scripts
    ]
    allowed = " ".join(f"'{value}'" for value in hashes) or "'none'"
    return (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; "
        f"script-src {allowed}; "
        "base-uri 'none'; form-action 'none'"
    )


@functools.cache
def environment() -> jinja2.Environment:
    """Return the template environment: everything escaped, nothing undefined."""
    made = jinja2.Environment(
        loader=jinja2.FunctionLoader(template_text),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["css_text"] = css_text
    return made


def template_text(name: str) -> str:
    """Return the text of a file of templates/."""
    return resources.files("posanalytics.reports").joinpath("templates", name).read_text("utf-8")


@functools.cache
def script_text(name: str) -> str:
    """Return a script of templates/ without its comments and indents."""
    return _INDENT.sub("", _COMMENT.sub("", template_text(name)))


@functools.cache
def style() -> Markup:
    """Return the style sheet of all pages without its comments and indents."""
    return trusted(script_text("style.css"))


def trusted(text: str) -> Markup:
    """Return a file of our own templates as it stands."""
    return Markup(text)  # noqa: S704 - shipped with the package, holds no data


def css_text(text: str) -> Markup:
    r"""Return a string of a style sheet: whatever is not a letter, a digit or a space is escaped.

    >>> css_text("</style>7А")
    Markup('"\\3c \\2f style\\3e 7А"')
    """
    safe = "".join(sign if sign.isalnum() or sign == " " else f"\\{ord(sign):x} " for sign in text)
    return Markup(f'"{safe}"')  # noqa: S704 - nothing in it means anything in HTML or CSS


def write(file: Path, text: str) -> None:
    """Write a page the same on every system."""
    file.write_text(text, "utf-8", newline="\n")


def sayer(language: str) -> Callable[..., str]:
    """Return the function by which a template finds its words."""
    return functools.partial(_said, language)


def plotly_bundle(traces: frozenset[str] = frozenset()) -> Bundle:
    """Return the smallest plotly.js at hand that draws these trace types.

    The small bundles are put beside this module when the package is built (hatch_build.py);
    without them, or for a trace type outside them, the bundle of the plotly package serves.
    """
    fitting = (_small(name) for name, types in SMALL.items() if traces <= types)
    return _packed(next(filter(None, fitting), None) or _full())


@functools.cache
def _packed(script: bytes) -> Bundle:
    packed = gzip.compress(script, 9, mtime=0)
    return Bundle(
        base64.b85encode(packed).decode().translate(_HARMLESS), len(packed), _hash(script)
    )


@functools.cache
def _small(name: str) -> bytes | None:
    file = resources.files("posanalytics.reports").joinpath("bundle", name)
    script = file.read_bytes() if file.is_file() else None
    # A bundle of another major version may not know what this plotly writes.
    return script if script and _major(script) == _major(_full()) else None


@functools.cache
def _full() -> bytes:
    return resources.files("plotly").joinpath("package_data", "plotly.min.js").read_bytes()


def _major(script: bytes) -> bytes:
    found = re.search(rb"v(\d+)\.", script[:300])
    return found[1] if found else b""


def _hash(script: bytes) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}"


def _words(language: str) -> dict[str, Any]:
    """Return what the scripts of a page say, and the heads of columns that filters know."""
    plain = (
        "failed", "copy", "copied", "not_copied", "csv", "all", "fewer_rows", "nothing_left",
    )  # fmt: skip
    facets = ("subject", "class", "term")
    return {
        **{name: _said(language, f"words_{name}") for name in plain},
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


def _json(value: Any) -> Markup:
    """Return JSON that cannot end the script element it stands in."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - every character with a meaning in HTML is escaped above


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


def _outputs(notebook: Any) -> Iterator[Mapping[str, Any]]:
    for cell in notebook.cells:
        if cell.cell_type == "code" and not QUIET_TAGS & set(cell.metadata.get("tags", [])):
            yield from cell.get("outputs", [])


def _traces(notebook: Any) -> frozenset[str]:
    return frozenset(
        trace.get("type", "scatter")
        for output in _outputs(notebook)
        for trace in output.get("data", {}).get(PLOTLY, {}).get("data", [])
    )


def _sections(notebook: Any) -> tuple[list[Section], str, list[Any]]:
    """Return the sections, the text of the first h1, and the figures' distinct templates."""
    sections, title, figures = [Section("top")], "", 0
    templates: list[Any] = []
    for piece in _pieces(notebook):
        if isinstance(piece, Markup):
            sections[-1].pieces.append(piece)
        elif isinstance(piece, str):
            title = title or _first_heading(piece)
            _add_prose(sections, piece)
        else:
            figures += 1
            sections[-1].pieces.append(_figure(figures, piece, templates))
    return [part for part in sections if part.heading or part.pieces], title, templates


def _pieces(notebook: Any) -> Iterator[str | Markup | dict[str, Any]]:
    """Yield prose as HTML text (str), other output as Markup, figures as plotly JSON."""
    for cell in notebook.cells:
        if QUIET_TAGS & set(cell.metadata.get("tags", [])):
            continue
        if cell.cell_type == "markdown":
            yield unbroken(markdown(cell.source))
        elif cell.cell_type == "code":
            yield from map(unbroken, filter(None, map(_shown_output, cell.get("outputs", []))))


def unbroken(piece: Any) -> Any:
    """Return text in which the code of a pupil without a mark stays on one line."""
    return piece.replace("н/а", "н/\N{WORD JOINER}а") if isinstance(piece, str) else piece


def _shown_output(output: Mapping[str, Any]) -> str | Markup | dict[str, Any] | None:
    """Return what the page shows of one output; None for warnings and other stderr."""
    if output["output_type"] == "stream":
        shown = output["name"] == "stdout" and output["text"].strip()
        return Markup('<pre class="plain">{}</pre>').format(output["text"]) if shown else None
    data = output.get("data", {})
    kind = next((kind for kind in SHOWN if kind in data), None)
    return SHOWN[kind](data[kind]) if kind else None


def _image(kind: str, data: str) -> Markup:
    return Markup('<img class="picture" alt="" src="data:{};base64,{}">').format(kind, data.strip())


def title_of(notebook: Any) -> str:
    """Return the h1 that a notebook opens with, empty where it has none."""
    titles = (
        _first_heading(markdown(cell.source))
        for cell in notebook.cells
        if cell.cell_type == "markdown" and not QUIET_TAGS & set(cell.metadata.get("tags", []))
    )
    return next(filter(None, titles), "")


def _first_heading(prose: str) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", prose, re.DOTALL)
    return html.unescape(re.sub(r"<[^>]*>", "", found[1])) if found else ""


def _add_prose(sections: list[Section], prose: str) -> None:
    """Open a section at every h2; the h1 becomes the title of the page and leaves the text."""
    prose = re.sub(r"<h1[^>]*>.*?</h1>", "", prose, flags=re.DOTALL)
    # Only our own renderer writes <h2>: HTML in markdown comes out escaped.
    for part in re.split(r"(?=<h2>)", prose):
        heading, text = re.match(r"(?:<h2>(.*?)</h2>)?(.*)", part, re.DOTALL).groups()  # type: ignore[union-attr]
        if heading is not None:
            sections.append(Section(f"s{len(sections)}", Markup(heading)))  # noqa: S704
        if text.strip():
            sections[-1].pieces.append(
                Markup('<div class="prose">{}</div>').format(Markup(text.strip()))  # noqa: S704
            )


def _figure(number: int, figure: Mapping[str, Any], templates: list[Any]) -> Figure:
    """Return one figure ready for the template; templates are kept once per page."""
    layout = dict(figure.get("layout", {}))
    about = layout.pop("meta", None)
    about = about if isinstance(about, dict) else {}
    template = layout.pop("template", {})
    if template not in templates:
        templates.append(template)
    payload = {
        "data": figure.get("data", []),
        "layout": layout,
        "template": templates.index(template),
    }
    table = about.get("table") or {}
    title = about.get("title") or ""
    rows = [[_written(value) for value in row] for row in table.get("rows") or []]
    return Figure(
        number,
        _json(payload),
        title,
        about.get("alt") or title,
        unbroken(about.get("note") or ""),
        unbroken(about.get("help") or ""),
        [
            Cell(str(name), all(row[at].number for row in rows if at < len(row)))
            for at, name in enumerate(table.get("columns") or [])
        ],
        rows,
        int(layout.get("height") or 420),
    )


def _written(value: Any) -> Cell:
    if value is None or isinstance(value, str | bool):
        return Cell("–") if value is None else Cell(str(value), _is_number(str(value)))
    return Cell(decimal(value, 0 if isinstance(value, int) else 2), number=True)


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"[+−-]?\d[\d\s]*(?:,\d+)?(?:\s?%)?|–", text))


class _Prose(mistune.HTMLRenderer):
    """Markdown whose HTML is shown as text and whose links stay inside the reports."""

    def __init__(self) -> None:
        super().__init__(escape=True, allow_harmful_protocols=False)

    def heading(self, text: str, level: int, **_: Any) -> str:
        return f"<h{level}>{text}</h{level}>\n"

    def link(self, text: str, url: str, title: str | None = None) -> str:
        if _OUTSIDE.match(url) or ":" in url.split("/", maxsplit=1)[0]:
            return text
        named = f' title="{escape(title)}"' if title else ""
        return f'<a href="{escape(url)}"{named}>{text}</a>'

    def image(self, text: str, url: str, title: str | None = None) -> str:
        del title
        if not _DATA_IMAGE.match(url):
            return str(escape(text))
        return f'<img alt="{escape(text)}" src="{escape(url)}">'


@functools.cache
def _prose() -> mistune.Markdown:
    return mistune.Markdown(
        _Prose(),
        plugins=[mistune.plugins.import_plugin(name) for name in ("table", "strikethrough")],
    )


def markdown(source: str) -> str:
    """Return markdown as HTML in which nothing runs and nothing leads outside."""
    return str(_prose()(source))


_ANYWHERE = (
    "class", "id", "role", "title", "lang", "hidden", "tabindex", "style", "colspan", "rowspan",
    "scope", "headers", "open", "start", "value", "reversed", "for",
)  # fmt: skip
_TAGS = (
    "a", "abbr", "article", "aside", "b", "blockquote", "br", "caption", "cite", "code", "col",
    "colgroup", "dd", "del", "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure",
    "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i", "ins", "kbd", "label",
    "li", "main", "mark", "meter", "nav", "ol", "p", "pre", "progress", "q", "s", "section",
    "small", "span", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th",
    "thead", "time", "tr", "u", "ul", "var", "wbr", "img",
)  # fmt: skip
# By these the scripts of a page find what is theirs.
_OUR_DATA = {"data-figure", "data-tool", "data-size", "data-drawn", "data-search", "data-theme"}
_OUR_NAMES = re.compile(
    r"(?:figure-\d+(?:-data)?|page-\w+|plot-templates|plotly-packed|top|s\d+)", re.IGNORECASE
)
_CSS = (
    "width", "min-width", "max-width", "height", "text-align", "grid-template-columns", "flex",
    "color", "background-color", "opacity", "font-weight", "white-space",
)  # fmt: skip


def embedded(text: str) -> Markup:
    """Return the HTML of a block with everything that could run, load or restyle shown as text."""
    text = re.sub(r"<style\b.*?</style\s*>", "", text, flags=re.DOTALL | re.IGNORECASE)
    return Markup(_cleaner().clean(text))  # noqa: S704 - cleaned


@functools.cache
def _cleaner() -> Any:
    import bleach
    from bleach.css_sanitizer import CSSSanitizer

    return bleach.Cleaner(
        tags=_TAGS,
        attributes=_allowed_attribute,
        protocols=["data"],
        css_sanitizer=CSSSanitizer(allowed_css_properties=_CSS),
        strip=False,
        strip_comments=True,
    )


def _allowed_attribute(tag: str, name: str, value: str) -> bool:
    if tag == "a" and name == "href":
        return not _OUTSIDE.match(value)
    if tag == "img":
        return name == "alt" or (name == "src" and bool(_DATA_IMAGE.match(value)))
    if name == "id":
        return not _OUR_NAMES.fullmatch(value.strip())
    if name in _OUR_DATA:
        return False
    return name in _ANYWHERE or name.startswith(("data-", "aria-"))


SHOWN: dict[str, Any] = {
    PLOTLY: lambda figure: figure,
    "text/html": embedded,
    "text/markdown": markdown,
    "image/png": functools.partial(_image, "image/png"),
    "image/jpeg": functools.partial(_image, "image/jpeg"),
    "text/plain": lambda text: Markup('<pre class="plain">{}</pre>').format(text),
}


class _PageReader(HTMLParser):
    """Collect the figures of a finished page and every address that it would load."""

    loads: ClassVar[set[str]] = {
        "src", "srcset", "href", "xlink:href", "action", "formaction", "data", "poster",
        "background", "ping", "manifest",
    }  # fmt: skip

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.payloads: list[str] = []
        self.outside: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note addresses in attributes, and which element the following text belongs to."""
        given = {name: value or "" for name, value in attrs}
        self._inside = tag
        if tag == "script" and given.get("class") == "figure-data":
            self._inside = "figure-data"
        for name, value in given.items():
            leaves = name in self.loads and _OUTSIDE.match(value) and not _DATA_IMAGE.match(value)
            if leaves or (name == "style" and _CSS_OUTSIDE.search(value)):
                self.outside.append(value[:80])
        if tag in {"link", "base", "iframe", "object", "embed"} or "refresh" in given.get(
            "http-equiv", ""
        ):
            self.outside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Leave the element."""
        del tag
        self._inside = ""

    def handle_data(self, data: str) -> None:
        """Keep a figure's JSON; look for addresses in a style sheet."""
        if self._inside == "figure-data":
            self.payloads.append(data)
        elif self._inside == "style" and (found := _CSS_OUTSIDE.search(data)):
            self.outside.append(data[found.start() : found.start() + 80])
