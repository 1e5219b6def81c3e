"""Random draws that are equal on every platform and in every numpy version."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

T = TypeVar("T")

_UNIFORMS_IN_A_NORMAL = 12


class Dice:
    """A stream of draws that belongs to one seed and one purpose.

    Only the uniform doubles of PCG64 are used: numpy promises to keep them, while the streams of
    ``normal``, ``choice`` and ``shuffle`` may change with a version, and the committed demo
    school has to come out byte for byte.
    """

    def __init__(self, seed: int, purpose: int) -> None:
        """Open the stream; another purpose under the same seed draws independent numbers."""
        self._uniforms = np.random.Generator(np.random.PCG64([seed, purpose]))

    def uniform(self, *shape: int) -> NDArray[np.float64]:
        """Return an array of uniform numbers from 0 to 1."""
        return self._uniforms.random(shape)

    def normal(self, *shape: int) -> NDArray[np.float64]:
        """Return an array of standard normal numbers.

        Sum of twelve uniforms (Irwin–Hall): mean 0, variance 1, no tail beyond 6, and nothing
        but additions, which every processor rounds in the same way (a logarithm is not).
        """
        total = np.zeros(shape)
        for _ in range(_UNIFORMS_IN_A_NORMAL):
            total += self._uniforms.random(shape)
        return total - _UNIFORMS_IN_A_NORMAL / 2

    def whole(self, lowest: int, highest: int) -> int:
        """Return a whole number between the two, both included."""
        return lowest + int(self._uniforms.random() * (highest - lowest + 1))

    def chance(self, probability: float) -> bool:
        """Return whether a thing of this probability happens."""
        return bool(self._uniforms.random() < probability)

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of the choices."""
        return choices[self.whole(0, len(choices) - 1)]

    def shuffled(self, things: Sequence[T]) -> list[T]:
        """Return the things in another order."""
        order = np.argsort(self._uniforms.random(len(things)), kind="stable")
        return [things[index] for index in order.tolist()]

    def some(self, choices: Sequence[T], count: int) -> list[T]:
        """Return that many different choices, in their old order."""
        order = np.argsort(self._uniforms.random(len(choices)), kind="stable")
        return [choices[index] for index in sorted(order[:count].tolist())]
