"""The smallest p of classes that change places inside their parallel, by counting."""

from __future__ import annotations

from posanalytics.evaluation.inference import stratified_permutation


def test_equal_arms_in_every_parallel_count_their_mirror_too():
    # 2 · 2 ways; with the arms swapped the difference is as far out
    found = stratified_permutation([([0.5], [0.1]), ([0.4], [0.0])])
    assert found.smallest_p == found.p_value == 2 / 4


def test_a_parallel_of_unequal_arms_has_no_mirror():
    found = stratified_permutation([([0.5], [0.1]), ([0.4], [0.0, 0.1])])
    assert found.smallest_p == found.p_value == 1 / 6
