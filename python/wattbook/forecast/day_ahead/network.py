"""A small network that forecasts what a ridge leaves of a day's 24 prices, in NumPy.

Several networks of other seeds are trained side by side as one stack of matrices, and their mean is
the forecast. On tables of this size that takes a second on one core, with nothing to install.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from wattbook.forecast.day_ahead.inputs import WEEKDAYS, Design
from wattbook.forecast.day_ahead.known import Floats, Instants
from wattbook.forecast.day_ahead.lesson import lesson, told
from wattbook.forecast.day_ahead.market import Market
from wattbook.forecast.day_ahead.members import LEAST_DAYS, DayPrices, weekly_naive
from wattbook.forecast.day_ahead.ridge import Ridge, ridge
from wattbook.forecast.day_ahead.tame import Tame, ready

__all__ = ["FittedNetwork", "NetworkMember", "Stack"]

LEAK = np.float32(0.01)


@dataclass(slots=True)
class Stack:
    """Networks side by side: weights of shape (n_networks, n_in, n_out) by layer."""

    weights: list[NDArray[np.float32]]
    biases: list[NDArray[np.float32]]

    @classmethod
    def random(cls, rng: np.random.Generator, networks: int, sizes: tuple[int, ...]) -> Stack:
        """Return untrained networks."""
        weights = [
            rng.normal(0.0, np.sqrt(2.0 / given), (networks, given, made)).astype(np.float32)
            for given, made in pairwise(sizes)
        ]
        weights[-1] *= np.float32(0.1)
        return cls(weights, [np.zeros((networks, 1, made), np.float32) for made in sizes[1:]])

    def forward(self, inputs: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Return what each layer is given, and last what the networks answer."""
        given = [inputs]
        for place, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            sums = given[-1] @ weight + bias
            is_last = place == len(self.weights) - 1
            given.append(sums if is_last else np.maximum(sums, LEAK * sums))
        return given

    def slopes(
        self, given: list[NDArray[np.float32]], slope: NDArray[np.float32]
    ) -> list[NDArray[np.float32]]:
        """Return how the loss grows with each weight, then with each bias."""
        weights, biases = [], []
        for place in reversed(range(len(self.weights))):
            weights.append(given[place].transpose(0, 2, 1) @ slope)
            biases.append(slope.sum(axis=1, keepdims=True))
            if place:
                slope = slope @ self.weights[place].transpose(0, 2, 1)
                slope = np.where(given[place] > 0.0, slope, LEAK * slope)
        return weights[::-1] + biases[::-1]


@dataclass(frozen=True, slots=True)
class FittedNetwork:
    """A ridge regression and the networks on what it leaves.

    Parameters
    ----------
    scale, goal : Tame
        Of the inputs but the days of the week, and of the prices.
    straight : Ridge
        The regression, on tame values.
    stack : Stack
        The networks.
    """

    scale: Tame
    goal: Tame
    straight: Ridge
    stack: Stack

    def predict(self, asked: Floats) -> Floats:
        """Return prices, shape (n_days, 24), for rows of inputs; a missing input is its median."""
        ahead = ready(self.scale, asked)
        base = self.straight.predict(ahead.astype(np.float64))
        shown = np.hstack([ahead, base.astype(np.float32)])
        networks = self.stack.weights[0].shape[0]
        answers = self.stack.forward(np.broadcast_to(shown, (networks, *shown.shape)))[-1]
        made: Floats = np.mean([self.goal.back(base + each) for each in answers], axis=0)
        return made


@dataclass(frozen=True, slots=True)
class NetworkMember:
    """Networks on what a ridge regression of the tame prices leaves, and on its forecast.

    Each past day is shown to them with the ridge's forecast by a fit without it, as days ahead
    will be.

    Parameters
    ----------
    window_days : int
        Newest days that they learn from.
    refit_days : int, optional
        How many days one training forecasts.
    penalty : float, optional
        Of the ridge.
    half_life_days : float, optional
        A day that much older counts half.
    drop : float in [0, 1), optional
        Share of inputs that are hidden at each look (Srivastava et al., 2014).
    decay : float, optional
        By which weights shrink, times the learning rate (Loshchilov and Hutter, 2019).
    hidden : tuple of int, optional
        Sizes of the hidden layers.
    networks : int, optional
        How many are averaged.
    epochs, batch : int, optional
        How often each day is looked at, and how many days a step of Adam sees.
    learning_rate : float, optional
        At the start; it falls to zero as a cosine.
    seed : int, optional
        Of the weights and the order of days.
    """

    window_days: int
    refit_days: int = 1
    penalty: float = 20.0
    half_life_days: float = 700.0
    drop: float = 0.1
    decay: float = 0.3
    hidden: tuple[int, ...] = (128,)
    networks: int = 4
    epochs: int = 20
    batch: int = 32
    learning_rate: float = 3e-3
    seed: int = 1

    @property
    def name(self) -> str:
        """As files and tables name it."""
        return f"network_{self.window_days}"

    def forecast(self, market: Market, design: Design, days: Instants) -> list[DayPrices]:
        """Return forecasts of `days`; each training is at the gate of the first of its days."""
        starts = range(0, days.size, self.refit_days)
        parts = (self.part(market, design, days[at : at + self.refit_days]) for at in starts)
        return [day for part in parts for day in part]

    def part(self, market: Market, design: Design, days: Instants) -> list[DayPrices]:
        """Return the forecasts of one training."""
        shown = lesson(market, design, days, self.window_days, max(LEAST_DAYS, self.batch))
        if shown is None:
            return [weekly_naive(market, int(day)) for day in days]
        weights = 0.5 ** (shown.ages / self.half_life_days)
        made = self.prices(shown.inputs, shown.targets, weights / weights.mean(), shown.asked)
        return told(design, days, made, "medians for")

    def prices(self, inputs: Floats, targets: Floats, weights: Floats, asked: Floats) -> Floats:
        """Return forecasts for the rows of `asked`, trained on the others."""
        return self.fit(inputs, targets, weights).predict(asked)

    def fit(self, inputs: Floats, targets: Floats, weights: Floats) -> FittedNetwork:
        """Return ridge and networks trained on whole rows.

        Parameters
        ----------
        inputs : ndarray of float64, shape (n_days, n_inputs)
            As `Design.rows` gives them, days of the week last.
        targets : ndarray of float64, shape (n_days, 24)
            Prices.
        weights : ndarray of float64, shape (n_days,)
            How much each day counts, one on average.
        """
        scale, goal = Tame.of(inputs[:, :-WEEKDAYS]), Tame.of(targets)
        known, tame = ready(scale, inputs), goal.into(targets)
        outside, straight = ridge(known.astype(np.float64), tame.astype(np.float64), self.penalty)
        stack = self.train(
            np.hstack([known, outside.astype(np.float32)]),
            (tame - outside).astype(np.float32),
            weights.astype(np.float32),
        )
        return FittedNetwork(scale, goal, straight, stack)

    def train(
        self,
        inputs: NDArray[np.float32],
        targets: NDArray[np.float32],
        weights: NDArray[np.float32],
    ) -> Stack:
        """Return networks trained by Adam on a smooth, weighted absolute error of tame prices."""
        rng = np.random.default_rng(self.seed)
        sizes = (inputs.shape[1], *self.hidden, targets.shape[1])
        stack = Stack.random(rng, self.networks, sizes)
        values = stack.weights + stack.biases
        means = [np.zeros_like(value) for value in values]
        squares = [np.zeros_like(value) for value in values]
        batches = inputs.shape[0] // self.batch
        steps = self.epochs * batches
        for step in range(steps):
            if step % batches == 0:
                order = np.stack([rng.permutation(inputs.shape[0]) for _ in range(self.networks)])
            at = step % batches * self.batch
            rows = order[:, at : at + self.batch]
            shown = inputs[rows]
            is_kept = rng.random(shown.shape, dtype=np.float32) >= self.drop
            given = stack.forward(shown * is_kept / np.float32(1.0 - self.drop))
            # The slope of log cosh(4 e) / 4, which is |e| but for the smallest errors.
            slope = np.tanh(4.0 * (given[-1] - targets[rows])) / np.float32(self.batch)
            slopes = stack.slopes(given, slope * weights[rows][..., None])
            rate = self.learning_rate * 0.5 * (1.0 + np.cos(np.pi * (step + 1) / steps))
            adam(values, means, squares, slopes, rate, step + 1)
            for matrix in stack.weights:
                np.multiply(matrix, np.float32(1.0 - rate * self.decay), out=matrix)
        return stack


def adam(
    values: list[NDArray[np.float32]],
    means: list[NDArray[np.float32]],
    squares: list[NDArray[np.float32]],
    slopes: list[NDArray[np.float32]],
    rate: float,
    step: int,
) -> None:
    """Take one step of Adam (Kingma and Ba, 2015) in place."""
    mean_share, square_share = 1.0 - 0.9**step, 1.0 - 0.999**step
    for value, mean, square, slope in zip(values, means, squares, slopes, strict=True):
        mean[...] = np.float32(0.9) * mean + np.float32(0.1) * slope
        square[...] = np.float32(0.999) * square + np.float32(0.001) * slope * slope
        size = np.sqrt(square / np.float32(square_share)) + np.float32(1e-8)
        value[...] -= np.float32(rate / mean_share) * mean / size
