"""The statistics on samples with a known answer."""

import numpy as np
import pytest

from benchmarks.speed import statistics
from benchmarks.speed import worker as worker_module
from shared.randomness import generator


def timings(draw, launches, ratio, noise, between=0.0, drift=0.0, groups=2):
    """Blocks in the order A B B A in each launch, on a machine that slows by `drift` on the way; static takes `ratio`
    times as long. Blocks differ by `noise`, launches by `between`."""
    shape = (launches, groups, 4)
    slower = np.linspace(1, 1 + drift, launches * groups * 4).reshape(shape)
    seconds = 1e-3 * slower * np.exp(draw.normal(0, noise, shape))
    own = np.exp(draw.normal(0, between, (2, launches, 1)))
    static, dynamic = ratio * seconds[:, :, [0, 3]], seconds[:, :, [1, 2]]
    return (own[0] * static.reshape(launches, -1)).tolist(), (own[1] * dynamic.reshape(launches, -1)).tolist()


def test_a_known_ratio_is_found_through_noise_and_drift():
    static, dynamic = timings(generator("test", "ratio"), 6, ratio=1.3, noise=0.02, drift=1.0)
    ratio, low, high = statistics.ratio(static, dynamic)
    assert low < 1.3 < high
    assert 1.2 < low <= ratio <= high < 1.4  # the drift alone would have made it 0.9 to 1.9
    assert statistics.conclusion(low, high) == "dynamic faster"
    inverse = statistics.ratio(dynamic, static)
    assert inverse == pytest.approx((1 / ratio, 1 / high, 1 / low))
    assert statistics.conclusion(*inverse[1:]) == "static faster"


def test_drift_cancels_within_a_group():
    steady = statistics.ratio(*timings(generator("test", "drift"), 6, ratio=1.3, noise=0, drift=1.0))
    assert steady == pytest.approx((1.3, 1.3, 1.3), rel=0.01)  # neighbours alone differ by 4 %


@pytest.mark.parametrize(("noise", "between"), [(0.05, 0.0), (0.02, 0.02), (0.0, 0.03)])
def test_an_arm_against_itself_is_not_significant(noise, between):
    """Whether blocks differ by chance, or the processes that they run in."""
    found = []
    for number in range(400):
        draw = generator("test", "itself", number, f"{noise} {between}")
        _, low, high = statistics.ratio(*timings(draw, 7, ratio=1.0, noise=noise, between=between))
        found.append(statistics.conclusion(low, high))
    assert set(found) - {"not significant"}  # one that never speaks up would prove nothing
    assert found.count("not significant") >= 0.95 * len(found)


def test_the_interval_of_a_median_covers_it():
    hits = widths = 0
    for number in range(400):
        draw = generator("test", "median", number)
        samples = (np.exp(draw.normal(0, 0.1, (8, 1))) * draw.lognormal(0, 0.05, (8, 4))).tolist()
        middle, low, high = statistics.median(samples)
        assert low <= middle == np.median([np.median(blocks) for blocks in samples]) <= high
        hits, widths = hits + (low <= 1 <= high), widths + high - low
    assert 0.94 <= hits / 400 < 1
    assert widths / 400 < 0.3  # sure of itself, too: launches spread over 0.5
    assert statistics.median(samples) == statistics.median(samples)


def test_fewer_than_six_launches_have_no_interval():
    """The range of five launches holds their true median in 94 of 100 cases, and no resampling can make it more."""
    static, dynamic = timings(generator("test", "few"), 5, ratio=2.0, noise=0.01)
    ratio, low, high = statistics.ratio(static, dynamic)
    assert ratio == pytest.approx(2, rel=0.05)
    assert low is high is None
    assert statistics.conclusion(low, high) == "too few processes"
    assert statistics.median([[0.5]]) == (0.5, None, None)
    assert statistics.change(static, static)[1:] == (None, None)


def test_a_change_between_two_files_is_found():
    old, new = timings(generator("test", "change"), 6, ratio=1 / 1.2, noise=0.01)
    change, low, high = statistics.change(old, new)
    assert 1.1 < low < 1.2 < high < 1.3
    assert change == pytest.approx(1.2, rel=0.03)
    assert statistics.change(old, old) == pytest.approx((1, 1, 1), abs=0.05)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda x: x, ""),
        (lambda x: x * np.array([1, 1, 1.5, 1.5]), "the middle half of the blocks spreads over"),
        (lambda x: x * np.array([[1], [1], [1], [1], [1], [1.3]]), "processes differ by"),
        (lambda x: x * np.where(np.arange(24).reshape(6, 4) == 7, 4, 1), "a block took 4.0 times the median"),
    ],
)
def test_unsteady_samples_say_so_themselves(spoil, said):
    steady = 1e-3 * np.ones((6, 4))
    assert statistics.instability(spoil(steady).tolist()).startswith(said)
    assert bool(statistics.instability(spoil(steady).tolist())) == bool(said)


@pytest.mark.parametrize(
    ("paces", "settled"),
    [
        ([1.0] * 9, False),  # too few to say
        ([1.0] * 10, True),
        ([2.0] * 5 + [1.0] * 5, False),
        ([2.0] * 5 + [1.0] * 10, True),
        ([1.0, 1.1, 0.9, 1.05, 0.95, 1.02, 0.97, 1.1, 0.92, 1.0], True),
        (list(np.linspace(2, 1, 10)), False),
    ],
)
def test_warming_up_ends_when_runs_get_no_faster(paces, settled):
    assert worker_module._settled(paces) == settled
