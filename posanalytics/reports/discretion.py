"""An executed notebook without what it tells of the machine and of who wrote it."""

from __future__ import annotations

import copy
import functools
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

# Of the system: a worker has a temporary folder of its own.
_TEMPORARY = tempfile.gettempdir()
_KEPT = ("kernelspec", "language_info")
# Packed pictures and numbers are no text: what looks like a path in them is none.
_PICTURE = re.compile(r"(data:[\w/+.-]+;base64,[A-Za-z0-9+/=]+)")
_PACKED_KEYS = {"bdata"}


def cleaned(notebook: Any, workspace: Path) -> Any:
    """Return a copy of which page, files and the kept notebook are made.

    Neither cells nor outputs name a folder of this machine, also where someone typed it; of the
    metadata there stay the kernel, the language and the parameters: no widget state, no authors.
    """
    kept = copy.deepcopy(notebook)
    kept.metadata = _told(told_metadata(kept), workspace)
    for cell in kept.cells:
        cell.source = without_paths(cell.source, workspace)
        if cell.cell_type == "code":
            cell.outputs = [_told(output, workspace) for output in cell.get("outputs", [])]
    return kept


def told_metadata(notebook: Any) -> Any:
    """Return of the metadata of a notebook what others may read."""
    given = notebook.metadata
    about = given.get("papermill", {})
    told = {name: given[name] for name in _KEPT if name in given}
    told["papermill"] = {"parameters": about.get("parameters", {})}
    return type(given)(told)


def without_paths(text: str, workspace: Path) -> str:
    """Return a text in which no folder of this machine is named."""
    pattern, shown = _places(str(workspace))
    parts = _PICTURE.split(text)
    # Every other part is a picture.
    parts[::2] = [pattern.sub(lambda found: shown[found[0]], part) for part in parts[::2]]
    return "".join(parts)


@functools.cache
def _places(workspace: str) -> tuple[re.Pattern[str], dict[str, str]]:
    """Return what finds a folder of this machine, and what is said instead."""
    own = (workspace, str(Path(__file__).parents[2]), sys.prefix, sys.base_prefix, _TEMPORARY)
    places = {str(Path.home()): "~", **dict.fromkeys(own, "…")}
    shown = {
        # As Windows writes it, as pathlib shows it, as it stands in quotes.
        form: said
        for place, said in places.items()
        if len(place) > 1
        for form in (place, place.replace("\\", "/"), place.replace("\\", "\\\\"))
    }
    longest = sorted(shown, key=len, reverse=True)
    return re.compile(rf"(?:{'|'.join(map(re.escape, longest))})(?=[/\\]|\b)"), shown


def _told(value: Any, workspace: Path) -> Any:
    """Return a value with every text in it cleaned; of packed numbers and pictures nothing."""
    if isinstance(value, str):
        return without_paths(value, workspace)
    if isinstance(value, list | tuple):
        return [_told(one, workspace) for one in value]
    if isinstance(value, dict):
        for name, one in value.items():
            if name not in _PACKED_KEYS and not str(name).startswith("image/"):
                value[name] = _told(one, workspace)
    return value
