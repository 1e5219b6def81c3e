"""Limits under which an export is read in a worker, and what is said of one that broke them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from posanalytics.gradebook.findings import Findings
from posanalytics.gradebook.reading import Reading
from posanalytics.workers import Limits

if TYPE_CHECKING:
    from collections.abc import Sized

    from posanalytics.workers import State

# One try: what killed a worker would kill the next one.
LIMITS = Limits(tries=1, seconds=60, memory=2**30, answer=128 * 2**20, quiet=True)
_FILES_PER_WORKER = 8  # a worker takes 0.1 s to start, a file of a class 0.01 s to read


def workers_for(files: Sized, *, jobs: int) -> int:
    """Return how many workers read so many files: no more than there are cores.

    >>> workers_for(range(3), jobs=2), workers_for([], jobs=2)
    (1, 0)
    """
    wanted = -(-len(files) // _FILES_PER_WORKER)
    return min(jobs, os.cpu_count() or 1, wanted)


def rejected(name: str, state: State) -> Reading:
    """Return the reading of a file whose worker was lost: no marks, and the reason."""
    findings = Findings(name)
    seconds, limit = int(LIMITS.seconds or 0), (LIMITS.memory or 0) // 2**20
    findings.add("error", f"reading_{state}", seconds=seconds, limit=limit)
    return Reading("", problems=findings.problems())
