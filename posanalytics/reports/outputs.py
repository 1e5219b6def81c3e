"""What of an executed notebook its page shows: cells that are not quiet, outputs in one form."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from posanalytics.reports.cleaning import embedded, markdown
from posanalytics.reports.cover import FINDING, Cover, Finding, cover_of
from posanalytics.schema import COVER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PLOTLY = "application/vnd.plotly.v1+json"
_QUIET_TAGS = {"parameters", "injected-parameters", "remove-cell", "remove-output"}


def is_quiet(cell: Any) -> bool:
    """Return whether a page shows nothing of a cell."""
    return bool(_QUIET_TAGS & set(cell.metadata.get("tags", [])))


def outputs_of(cell: Any) -> Sequence[Mapping[str, Any]]:
    """Return the outputs of a cell that its page shows something of."""
    return [] if cell.cell_type != "code" or is_quiet(cell) else cell.get("outputs", [])


def kind_of(data: Mapping[str, Any]) -> str | None:
    """Return in which of its media types an output is shown, None where in none."""
    return next((kind for kind in _SHOWN if kind in data), None)


def figures_in(notebook: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the figures of a notebook as plotly JSON."""
    for cell in notebook.cells:
        for output in outputs_of(cell):
            if PLOTLY in output.get("data", {}):
                yield output["data"][PLOTLY]


def trace_types(notebook: Any) -> frozenset[str]:
    """Return the types of the traces of all figures."""
    return frozenset(
        trace.get("type", "scatter")
        for figure in figures_in(notebook)
        for trace in figure.get("data", [])
    )


def pieces(notebook: Any) -> Iterator[str | Markup | Cover | dict[str, Any]]:
    """Yield prose as HTML text (str), other output as Markup, figures as plotly JSON."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and not is_quiet(cell):
            prose = unbroken(markdown(cell.source))
            yield Finding(prose) if FINDING in cell.metadata.get("tags", []) else prose
        yield from map(unbroken, filter(None, map(_shown, outputs_of(cell))))


def unbroken(piece: Any) -> Any:
    """Return text in which the code of a pupil without a mark stays on one line."""
    return piece.replace("н/а", "н/\N{WORD JOINER}а") if isinstance(piece, str) else piece


def whole_text(text: str) -> str:
    r"""Return text that can be written to a file: half of a character becomes «�».

    >>> whole_text("5\ud800Б")
    '5�Б'
    """
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _shown(output: Mapping[str, Any]) -> str | Markup | Cover | dict[str, Any] | None:
    """Return what the page shows of one output; None for warnings and other stderr."""
    if output["output_type"] == "stream":
        shown = output["name"] == "stdout" and output["text"].strip()
        return Markup('<pre class="plain">{}</pre>').format(output["text"]) if shown else None
    data = output.get("data", {})
    kind = kind_of(data)
    return _SHOWN[kind](data[kind]) if kind else None


def _image(kind: str, data: str) -> Markup:
    return Markup('<img class="picture" alt="" src="data:{};base64,{}">').format(kind, data.strip())


_SHOWN: dict[str, Any] = {
    PLOTLY: lambda figure: figure,
    COVER: cover_of,
    "text/html": embedded,
    "text/markdown": markdown,
    "image/png": functools.partial(_image, "image/png"),
    "image/jpeg": functools.partial(_image, "image/jpeg"),
    "text/plain": lambda text: Markup('<pre class="plain">{}</pre>').format(text),
}
