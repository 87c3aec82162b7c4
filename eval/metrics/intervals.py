"""Figures over many questions, each with the interval that the questions' number allows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_RESAMPLES = 2000


@dataclass(frozen=True)
class Figure:
    """A figure over `n` questions and its 95 % bootstrap interval. `value` is None where no question applied."""

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0


def mean_figure(values: Sequence[float | None], seed: int = 0) -> Figure:
    """The mean of those that apply, with a percentile bootstrap over the questions (Efron 1979)."""
    applicable = [value for value in values if value is not None]
    return ratio_figure(applicable, [1.0] * len(applicable), seed)


def ratio_figure(parts: Sequence[float], wholes: Sequence[float], seed: int = 0) -> Figure:
    """The sum of parts over the sum of wholes, one pair a question: what a mean, and an F1, both are."""
    top, bottom = np.asarray(parts, float), np.asarray(wholes, float)
    if not bottom.sum():
        return Figure(None)
    drawn = _draws(len(top), seed)
    below = bottom[drawn].sum(axis=1)
    ratios = top[drawn].sum(axis=1)[below > 0] / below[below > 0]
    low, high = np.quantile(ratios, [0.025, 0.975])
    return Figure(float(top.sum() / bottom.sum()), float(low), float(high), int((bottom > 0).sum()))


def percentile_figure(values: Sequence[float | None], percent: float, seed: int = 0) -> Figure:
    """A percentile of those that apply, interpolated linearly, with its bootstrap interval."""
    applicable = np.asarray([value for value in values if value is not None], float)
    if not len(applicable):
        return Figure(None)
    resampled = np.percentile(applicable[_draws(len(applicable), seed)], percent, axis=1)
    low, high = np.quantile(resampled, [0.025, 0.975])
    return Figure(float(np.percentile(applicable, percent)), float(low), float(high), len(applicable))


def paired_difference(new: Sequence[float], old: Sequence[float], seed: int = 0) -> Figure:
    """The mean gain over the same questions; an interval that leaves out 0 is a difference that matters."""
    return mean_figure([after - before for after, before in zip(new, old, strict=True)], seed)


def _draws(n: int, seed: int) -> NDArray[np.int64]:
    return np.random.default_rng(seed).integers(0, n, size=(_RESAMPLES, n))
