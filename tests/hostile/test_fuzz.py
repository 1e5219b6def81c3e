"""Mutants of every known export: the process lives, and no mark is misread without a word."""

from __future__ import annotations

from collections import Counter
from typing import get_args

import pytest

from hostile.fuzz import BAD, cases, originals, run
from hostile.mutations import Family

ROUNDS = {"rewritten": 3, "bent": 3, "hit": 2}
SEED = 20_260_901


@pytest.fixture(scope="module")
def layouts():
    """Return the exports that are mutated."""
    return originals()


@pytest.fixture(scope="module", params=get_args(Family))
def verdicts(request, layouts):
    """Return what came of some hundred mutants of one family (see `mutations`)."""
    rounds = ROUNDS[request.param]
    todo = list(cases(layouts, rounds=rounds, seed=SEED, families=[request.param]))
    return request.param, [judged for _, judged in run(todo)]


def test_no_mutant_is_misread_without_a_problem(verdicts):
    assert [judged for judged in verdicts[1] if judged.verdict in BAD] == []


def test_the_mutants_are_worth_reading(verdicts):
    family, found = verdicts
    counts = Counter(judged.verdict for judged in found)
    # A run in which every mutant is refused, or none is, would prove nothing.
    assert len(found) > 100
    assert counts["same"] > 20
    assert family == "rewritten" or counts["explained"] > 20


@pytest.mark.slow
def test_no_mutant_of_a_long_run_is_misread(layouts):
    todo = list(cases(layouts, rounds=30, seed=1, families=get_args(Family)))
    assert [judged for _, judged in run(todo) if judged.verdict in BAD] == []
