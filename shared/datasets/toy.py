"""Data made by a formula: a line, a curve, two shapes no line can separate, a ring of Gaussians, sums, sinusoids."""

import numpy as np

from shared.datasets import Dataset, Split, hold_out
from shared.randomness import generator


def true_line(x: np.ndarray) -> np.ndarray:
    """y = 2 x - 1."""
    return 2 * x - 1


def line(size: int = 100) -> Dataset:
    """The true line with noise of deviation 0.3, x in [-1, 1]: the one-variable toy. x (N, 1), y (N, 1)."""
    random = generator("toy", "line")
    x = random.uniform(-1, 1, (size, 1))
    y = true_line(x) + random.normal(0, 0.3, (size, 1))
    return hold_out(x.astype(np.float32), y.astype(np.float32), 0.2, np.arange(size))


def true_curve(x: np.ndarray) -> np.ndarray:
    """y = sin(pi x) + x / 2."""
    return np.sin(np.pi * x) + x / 2


def curve(size: int = 500) -> Dataset:
    """The true curve with noise of deviation 0.05, x in [-2, 2]. x (N, 1), y (N, 1)."""
    random = generator("toy", "curve")
    x = random.uniform(-2, 2, (size, 1))
    y = true_curve(x) + random.normal(0, 0.05, (size, 1))
    return hold_out(x.astype(np.float32), y.astype(np.float32), 0.2, np.arange(size))


def xor(size: int = 800) -> Dataset:
    """Four Gaussian blobs at (+-1, +-1); the class is the sign of the product. x (N, 2), y (N,) int64."""
    random = generator("toy", "xor")
    corner = np.arange(size)[:, None] // np.array([2, 1]) % 2  # each corner in turn: every blob has equally many
    x = 2.0 * corner - 1 + random.normal(0, 0.25, (size, 2))
    return hold_out(x.astype(np.float32), corner[:, 0] ^ corner[:, 1], 0.25, np.arange(size))


def spirals(size: int = 1600, turns: float = 1.75) -> Dataset:
    """Two interleaved spirals, one a class (Lang & Witbrock 1988). x (N, 2), y (N,) int64."""
    random = generator("toy", "spirals")
    label = np.arange(size) % 2
    radius = np.sqrt(random.uniform(0.02, 1, size))
    angle = 2 * np.pi * turns * radius + np.pi * label
    x = 2 * np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1) + random.normal(0, 0.02, (size, 2))
    return hold_out(x.astype(np.float32), label, 0.25, np.arange(size))


RING_MODES, RING_RADIUS, RING_DEVIATION = 8, 2.0, 0.1


def ring_centres() -> np.ndarray:
    """The centres of the ring's Gaussians, (8, 2)."""
    angle = 2 * np.pi * np.arange(RING_MODES) / RING_MODES
    return RING_RADIUS * np.stack([np.cos(angle), np.sin(angle)], 1)


def ring(size: int = 4096) -> Dataset:
    """Eight Gaussians on a circle, the classic test of mode collapse. x (N, 2), y (N,) the mode, int64."""
    random = generator("toy", "ring")
    mode = random.integers(0, RING_MODES, size)
    x = ring_centres()[mode] + random.normal(0, RING_DEVIATION, (size, 2))
    cut = size // 2
    x = x.astype(np.float32)
    return Dataset(Split(x[:cut], mode[:cut]), Split(x[cut:], mode[cut:]))


def adding(random: np.random.Generator, size: int, length: int) -> dict[str, np.ndarray]:
    """The adding problem (Hochreiter & Schmidhuber 1997): series of numbers in [0, 1], two of them marked.

    x (N, length, 2): numbers and marks, 1 at one place in each half, else 0; y (N,): the sum of the marked numbers.
    """
    numbers = random.uniform(0, 1, (size, length)).astype(np.float32)
    marks, row, half = np.zeros_like(numbers), np.arange(size), length // 2
    marks[row, random.integers(0, half, size)] = 1
    marks[row, random.integers(half, length, size)] = 1
    return {"x": np.stack([numbers, marks], axis=2), "y": (numbers * marks).sum(1)}


SINUSOID_ENDS = 5.0  # x lies in [-5, 5]


def sinusoids(random: np.random.Generator, tasks: int, points: int) -> tuple[np.ndarray, np.ndarray]:
    """Points on sinusoids, one a task, of amplitude 0.1 to 5 and phase 0 to pi (Finn et al. 2017, section 5.1).

    x (tasks, points, 1) in [-5, 5], y (tasks, points, 1).
    """
    amplitude, phase = random.uniform(0.1, 5, (tasks, 1, 1)), random.uniform(0, np.pi, (tasks, 1, 1))
    x = random.uniform(-SINUSOID_ENDS, SINUSOID_ENDS, (tasks, points, 1))
    return x.astype(np.float32), (amplitude * np.sin(x - phase)).astype(np.float32)
