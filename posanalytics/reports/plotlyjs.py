"""plotly.js packed for a page: the smallest bundle at hand that draws its figures."""

from __future__ import annotations

import base64
import functools
import gzip
import hashlib
import re
from importlib import resources
from typing import NamedTuple

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


class Bundle(NamedTuple):
    """plotly.js, compressed for the page, and the hash that lets it run there."""

    packed: str  # gzip in base 85, 6 % shorter than in base 64
    size: int  # bytes of the gzip
    hash: str


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
        base64.b85encode(packed).decode().translate(_HARMLESS), len(packed), hash_of(script)
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


def hash_of(script: bytes) -> str:
    """Return a script's hash as a policy names it."""
    return f"sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}"
