"""Random numbers by key: pinned, and each seed's own."""

from itertools import islice

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import pair
from shared.catalog import CATALOG
from shared.errors import UsageError
from shared.randomness import generator, glorot_uniform, shuffled_batches

keys = st.lists(st.one_of(st.text(max_size=5), st.integers(0, 99)), min_size=1, max_size=3)


@given(keys, keys)
def test_equal_keys_give_equal_numbers_and_others_do_not(a, b):
    same = list(map(str, a)) == list(map(str, b))
    assert np.array_equal(generator(*a).random(4), generator(*b).random(4)) == same


def test_the_numbers_are_these():
    """Pinned: a change of the generator would change every initial value, silently."""
    assert generator("a", 1).integers(0, 1000, 5).tolist() == PINNED


PINNED = [488, 69, 99, 679, 288]


@given(st.integers(1, 60), st.data())
@settings(deadline=None)
def test_an_epoch_has_every_example_once(size, data):
    batch = data.draw(st.integers(1, size))
    whole = size // batch
    epoch = np.concatenate(list(islice(shuffled_batches(size, batch, "test"), whole)))
    assert len(set(epoch.tolist())) == whole * batch
    assert set(epoch.tolist()) <= set(range(size))


def test_every_epoch_has_an_order_of_its_own():
    first, second = islice(shuffled_batches(50, 50, "test"), 2)
    assert not np.array_equal(first, second)


def test_a_batch_larger_than_the_data_is_refused():
    with pytest.raises(UsageError, match="a batch of 5 out of 4"):
        next(shuffled_batches(4, 5, "test"))


def test_glorot_has_its_variance():
    x = glorot_uniform(generator("glorot"), (3, 3, 40, 60))
    assert x.var() == pytest.approx(2 / (9 * 40 + 9 * 60), rel=0.02)


def test_another_seed_is_another_start_and_the_same_data(name):
    """A spec that is asked late answers as one that is asked at once: the seed is its own, not the moment's."""
    specs = [CATALOG[name].spec(size="proof", seed=seed) for seed in (0, 1, 1, 2)]
    late = [spec.batches() for spec in specs]
    starts = [_bytes(spec.initial()) for spec in specs]
    firsts = [_bytes(next(batches)) for batches in late]
    assert starts[1] == starts[2]
    assert len(set(starts)) == 3
    assert firsts == [_bytes(next(spec.batches())) for spec in specs]
    if _bytes(next(late[0])) != firsts[0]:  # the others see all of the data at every step
        assert len(set(firsts)) == 3
    noise = ("noise", "noise1", "noise2", "u_h", "u_v")
    held_out = [{n: x for n, x in spec.held_out().items() if n not in noise} for spec in specs]
    assert len({_bytes(values) for values in held_out}) == 1


def _bytes(values):
    return b"".join(name.encode() + value.tobytes() for name, value in values.items())


def test_both_twins_of_a_pair_have_its_seed():
    static, dynamic = pair("gan", size="proof", threads=1, seed=3)
    plain, _ = pair("gan", size="proof", threads=1)
    with static, dynamic, plain:
        assert _bytes(static.spec.initial()) == _bytes(dynamic.spec.initial())
        weight = "generator/w1"
        np.testing.assert_array_equal(static.state()[weight], dynamic.state()[weight])
        assert not np.array_equal(static.state()[weight], plain.state()[weight])
