"""What every model's spec and files keep to."""

import tensorflow.compat.v1 as tf

from benchmarks.twins import load
from shared.catalog import CATALOG
from shared.spec import Spec
from tests.helpers import SIDES, equal

SOME_ALIKE = ("rbm", "vae", "pixel_cnn", "pixel_rnn")  # of digits in black or white two may be the same


def test_importing_a_model_runs_nothing(name):
    """No operation in the default graph, no variable, no output; and a class with the name that the catalogue says."""
    before = len(tf.get_default_graph().get_operations())
    for side in SIDES:
        model, _ = load(side, name)
        assert model.__name__ == CATALOG[name].class_name
    assert len(tf.get_default_graph().get_operations()) == before


def test_spec(name, variant):
    """Batches are float32 or integers, repeat themselves, and have the names of the held-out data."""
    spec: Spec = CATALOG[name].spec(variant, "proof")
    batches = [batch for _, batch in zip(range(3), spec.batches())]
    again = [batch for _, batch in zip(range(3), spec.batches())]
    assert all(equal(a, b) for a, b in zip(batches, again))
    assert batches[0].keys() == spec.held_out().keys()
    for values in (*batches, spec.held_out(), spec.initial()):
        assert {value.dtype.name for value in values.values()} <= {"float32", "int64"}
    small = CATALOG[name].spec(variant).initial().keys()
    for size in spec.sizes:  # one size may have more blocks of a kind than another
        found = CATALOG[name].spec(variant, size).initial().keys()
        assert found <= small or found >= small


def test_held_out_data_is_never_trained_on(name, variant):
    """No held-out input is among the training inputs of an epoch (noise aside)."""
    spec = CATALOG[name].spec(variant)
    held_out = spec.held_out()
    for key in ("x", "real"):
        if key in held_out and name not in SOME_ALIKE:
            seen = {row.tobytes() for _, batch in zip(range(40), spec.batches()) for row in batch[key]}
            assert not seen & {row.tobytes() for row in held_out[key]}
