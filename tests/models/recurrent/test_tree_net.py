"""The recursive network against a recursion in NumPy, and its two ways through a tree against each other."""

import numpy as np
import pytest
from scipy.special import expit, log_softmax

from benchmarks import twin
from benchmarks.twins import SIDES
from shared.catalog import CATALOG
from shared.datasets.expressions import DIGITS, OPERATORS, arrays
from shared.errors import UsageError
from shared.spec import rows
from tests.helpers import SMALL
from tests.models.pins import FEW, edge_cases, sums

VARIANTS = ("plain", "by_depth")


def visited(state, batch, row, k, found):
    """c and h of the node at k, from its children's; those of all nodes below it go into `found` as well."""
    symbol = batch["x"][row, k]
    if symbol < DIGITS:
        c = state["embedding"][symbol]
        found[row, k] = c, np.tanh(c)
        return found[row, k]
    c_left, h_left = visited(state, batch, row, batch["left"][row, k], found)
    c_right, h_right = visited(state, batch, row, batch["right"][row, k], found)
    kernel, bias = state["kernel"][:, symbol - DIGITS], state["bias"][symbol - DIGITS]
    z = np.concatenate([h_left, h_right]) @ kernel + bias
    i, left, right, o = (expit(part) for part in np.split(z, 5)[:4])
    c = left * c_left + right * c_right + i * np.tanh(np.split(z, 5)[4])
    found[row, k] = c, o * np.tanh(c)
    return found[row, k]


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("variant", VARIANTS)
def test_it_is_a_recursion(side, variant):
    with twin(side, "tree_net", variant=variant, **SMALL) as arm:
        arm.step(next(arm.spec.batches()))  # away from the initial values, some of which are zeros
        batch, state = arm.spec.larger_batch(), arm.state()
        taps, loss = arm.forward(batch), arm.loss(batch)
    expected = {name: np.zeros_like(taps[name]) for name in ("c", "h")}
    for row, size in enumerate(batch["sizes"]):
        found = {}
        visited(state, batch, row, size - 1, found)
        assert sorted(found) == [(row, k) for k in range(size)]
        for place, (c, h) in found.items():
            expected["c"][place], expected["h"][place] = c, h
    expected["readings"] = expected["h"] @ state["w"] + state["b"]
    expected["logits"] = expected["readings"][np.arange(len(batch["y"])), batch["sizes"] - 1]
    for name, value in expected.items():
        np.testing.assert_allclose(taps[name], value, rtol=1e-11, atol=1e-14, err_msg=name)
    truth = -log_softmax(expected["logits"], axis=1)[np.arange(len(batch["y"])), batch["y"]].mean()
    assert loss == pytest.approx(truth, rel=1e-11)


@pytest.mark.parametrize("side", SIDES)
def test_both_ways_through_a_tree_compute_the_same(side):
    found = []
    for variant in VARIANTS:
        with twin(side, "tree_net", variant=variant, **SMALL) as arm:
            batches = [next(arm.spec.batches()), arm.spec.larger_batch(), *arm.spec.edge_cases().values()]
            found.append([arm.observe(batch) for batch in batches])
    for plain, by_depth in zip(*found):
        for stage in ("tap", "loss", "gradient"):
            assert plain[stage].keys() == by_depth[stage].keys()
            for name, value in plain[stage].items():
                np.testing.assert_allclose(by_depth[stage][name], value, rtol=1e-12, atol=1e-15, err_msg=name)


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_tree_gets_what_it_alone_gets(side, variant):
    """Whatever other trees are in the batch, and in whatever order."""
    with twin(side, "tree_net", variant=variant, **SMALL) as arm:
        batch = rows(arm.spec.larger_batch(), slice(30, 50))
        together = arm.predict(rows(batch, slice(None, None, -1)))[::-1]
        alone = np.concatenate([arm.predict(rows(batch, [row])) for row in range(20)])
    np.testing.assert_allclose(together, alone, rtol=0, atol=1e-14)


def malformed(change):
    """A batch of the tree of (1+2)*3, 1 2 + 3 *, and of another, with one array changed in row 1."""
    batch = arrays([4, ("*", ("+", 1, 2), 3)], 7)
    for name, values in change.items():
        batch[name][1] = values
    return batch


REFUSED = {
    "child after its parent": ({"right": [0, 0, 3, 0, 3, 0, 0]}, "row 1 has a node at 2 and its child at 3"),
    "its own child": ({"left": [0, 0, 2, 0, 2, 0, 0]}, "row 1 has a node at 2 and its child at 2"),
    "too many nodes": ({"sizes": 9}, "row 1 has 9 nodes: a tree has 1 to 7"),
    "no node": ({"sizes": 0}, "row 1 has 0 nodes: a tree has 1 to 7"),
    "one child": ({"left": [0, 0, 1, 0, 2, 0, 0]}, "row 1 has an operator at 2 with children at 1 and 1: it needs two"),
    "a missing child": ({"left": [0, 0, -1, 0, 2, 0, 0]}, "row 1 has an operator at 2 with children at -1 and 1"),
    "two parents": ({"left": [0, 0, 0, 0, 1, 0, 0]}, "row 1 has a node at 1 with 2 parents"),
    "two roots": ({"x": [1, 2, 10, 3, 4, 13, 13]}, "row 1 has a node at 2 with 0 parents"),
    "unknown symbol": ({"x": [1, 2, 14, 3, 12, 13, 13]}, "row 1 has the symbol 14 at 2"),
    "ends early": ({"sizes": 4}, "row 1 has the symbol 12 at 4"),
    "ends late": ({"sizes": 6}, "row 1 has the symbol 13 at 5"),
    "low": ({"height": [0, 0, 1, 0, 1, 0, 0]}, "row 1 has a height of 1 at 4"),
    "digit too high": ({"height": [0, 1, 1, 0, 2, 0, 0]}, "row 1 has a height of 1 at 1"),
}


@pytest.mark.parametrize(("change", "said"), REFUSED.values(), ids=REFUSED)
def test_a_malformed_tree_is_refused(change, said):
    spec = CATALOG["tree_net"].spec(size="proof")
    spec.check(malformed({}))
    with pytest.raises(UsageError) as refused:
        spec.check(malformed(change))
    assert str(refused.value).startswith(said)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("side", SIDES)
def test_both_sides_refuse_it(side):
    with twin(side, "tree_net", **SMALL) as arm, pytest.raises(UsageError, match="it needs two"):
        arm.step(malformed(REFUSED["one child"][0]))


def test_room_for_other_trees_is_refused():
    batch = arrays([("+", 1, 2)], 5)
    with pytest.raises(UsageError, match="there is room for 5 nodes in a row: make it 7"):
        CATALOG["tree_net"].spec(size="proof").check(batch)


def test_the_score_is_of_two_kinds_of_expressions():
    spec = CATALOG["tree_net"].spec()
    batch = spec.held_out()
    found = np.eye(10)[batch["y"]]
    assert spec.score(found, batch, {}) == {"test_accuracy": 1, "larger_accuracy": 1}
    found[batch["sizes"] > 7] = 0
    share = np.mean(batch["y"][batch["sizes"] > 7] == 0)
    assert spec.score(found, batch, {}) == {"test_accuracy": 1, "larger_accuracy": share}


def test_an_operator_has_its_own_weights():
    """The number that a tree's operator has as a symbol is that of its weights, in the order of OPERATORS."""
    spec = CATALOG["tree_net"].spec(size="proof")
    assert spec.initial()["kernel"].shape[1] == len(OPERATORS)
    batch = spec.edge_cases()["one operator"]
    assert batch["x"][:, 2].tolist() == [DIGITS, DIGITS + 1, DIGITS + 2]
    for side in SIDES:
        with twin(side, "tree_net", **SMALL) as arm:
            for number in range(3):
                slope = np.abs(arm.gradients(rows(batch, [number]))["kernel"]).sum((0, 2))
                assert np.flatnonzero(slope).tolist() == [number]


def test_without_a_seed_it_starts_where_it_always_did():
    """Pinned: what learning reaches rests on it."""
    assert sums("tree_net") == pytest.approx((2937.6229079, 5947), rel=1e-6)


def test_what_it_accepts_beside_the_data():
    names = ["digits alone", "one operator", "leaning left", "leaning right", "high and low"]
    assert edge_cases("tree_net") == [*FEW, *names]
