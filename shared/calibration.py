"""How sure a classifier is of what it says, and whether it is right as often as it is sure."""

import numpy as np

BINS = 15  # of confidence


def probabilities(logits: np.ndarray) -> np.ndarray:
    """The probability of each class (N, C), averaged over the draws of logits (S, N, C)."""
    exponentials = np.exp(logits - logits.max(axis=2, keepdims=True))
    return (exponentials / exponentials.sum(axis=2, keepdims=True)).mean(axis=0)


def entropy(p: np.ndarray) -> np.ndarray:
    """The entropy (N,) of probabilities (N, C), in nats."""
    return -np.sum(p * np.log(np.where(p > 0, p, 1)), axis=1)


def reliability(p: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The number of examples in each bin of confidence, their mean confidence, and the share that is correct.

    Confidence is the largest probability; a bin includes its upper end. Means of empty bins are 0.
    """
    confidence, correct = p.max(axis=1), p.argmax(axis=1) == y
    bins = np.clip(np.ceil(confidence * BINS).astype(int) - 1, 0, BINS - 1)
    counts, *sums = (np.bincount(bins, weights, BINS) for weights in (None, confidence, correct))
    means = [total / np.maximum(counts, 1) for total in sums]
    return counts, means[0], means[1]


def calibration_error(p: np.ndarray, y: np.ndarray) -> float:
    """The expected distance of accuracy from confidence (Naeini et al. 2015; Guo et al. 2017)."""
    counts, confidence, accuracy = reliability(p, y)
    return float(np.sum(counts * np.abs(accuracy - confidence)) / len(p))
