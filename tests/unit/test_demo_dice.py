"""Draws of the made-up school: their law, and that they never change."""

import numpy as np
import pytest

from posanalytics.demo.dice import Dice


def test_one_seed_and_purpose_is_one_stream():
    assert Dice(1, 2).uniform(5).tolist() == Dice(1, 2).uniform(5).tolist()
    assert Dice(1, 2).uniform(5).tolist() != Dice(1, 3).uniform(5).tolist()


def test_normal_numbers_have_mean_0_and_variance_1():
    drawn = Dice(3, 1).normal(200_000)
    # Standard errors 1/√n and √2/√n: five of them.
    assert drawn.mean() == pytest.approx(0, abs=5 / 200_000**0.5)
    assert drawn.var() == pytest.approx(1, abs=5 * (2 / 200_000) ** 0.5)


def test_whole_numbers_reach_both_ends():
    dice = Dice(4, 1)
    assert {dice.whole(2, 4) for _ in range(200)} == {2, 3, 4}


def test_some_are_different_and_keep_their_order():
    chosen = Dice(5, 1).some(range(20), 8)
    assert len(set(chosen)) == 8
    assert chosen == sorted(chosen)


def test_shuffled_holds_the_same_things():
    assert sorted(Dice(6, 1).shuffled(range(30))) == list(range(30))


def test_uniform_numbers_are_those_of_pcg64():
    # NEP 19: the raw stream of a bit generator never changes; a double is its top 53 bits.
    raw = np.random.PCG64([1, 2]).random_raw(3)
    assert Dice(1, 2).uniform(3).tolist() == [int(word >> 11) / 2**53 for word in raw]
