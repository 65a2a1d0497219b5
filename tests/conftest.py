"""Both frameworks are imported once, here: what they warn of while they start is not ours to mend."""

import warnings

import pytest

from benchmarks.twins import SIDES, load
from shared.catalog import CATALOG

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    for side in SIDES:
        load(side, "computational_graph")

PAIRS = [(name, variant) for name, entry in CATALOG.items() for variant in entry.variants]
FIRST = [(name, next(iter(entry.variants))) for name, entry in CATALOG.items()]
# Of these the unrolled graph has thousands of operations, or the data are sound
LARGE = ("bidirectional_gru", "attention", "ctc", "spectrogram_conv_net", "spectrogram_recurrent_net")
OWN_WORK = [(name, variant) for name, variant in PAIRS if CATALOG[name].variants[variant].timed]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes `name` and `variant` runs for every pair of the catalogue that does work of its own, and with
    the mark `every_variant` for the others, too: the same work on other data, or by another optimizer. With the mark
    `variants_are_slow` all but the first variant of each model are slow, with `large_models_are_slow` those that take
    longest. One that takes `name` alone runs for every model.
    """
    if {"name", "variant"} <= set(metafunc.fixturenames):
        every = metafunc.definition.get_closest_marker("every_variant") is not None
        slow = metafunc.definition.get_closest_marker("variants_are_slow") is not None
        large = metafunc.definition.get_closest_marker("large_models_are_slow") is not None
        left = [pair for pair in PAIRS if (slow and pair not in FIRST) or (large and pair[0] in LARGE)]
        params = [
            pytest.param(*pair, id="-".join(pair), marks=[pytest.mark.slow] if pair in left else [])
            for pair in (PAIRS if every else OWN_WORK)
        ]
        metafunc.parametrize(("name", "variant"), params)
    elif "name" in metafunc.fixturenames:
        metafunc.parametrize("name", list(CATALOG))


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With `--dist loadgroup` the tests of a model run in one process, where they share its twins, and so do the others
    of a file, which share its fixtures."""
    for item in items:
        params = item.callspec.params if hasattr(item, "callspec") else {}
        model = next((params[key] for key in ("name", "target") if params.get(key) in CATALOG), None)
        item.add_marker(pytest.mark.xdist_group(model or item.nodeid.partition("::")[0]))
