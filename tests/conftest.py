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


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes `name` and `variant` runs for every pair of the catalogue; `name` alone, for every model."""
    if {"name", "variant"} <= set(metafunc.fixturenames):
        metafunc.parametrize(("name", "variant"), PAIRS, ids=["-".join(pair) for pair in PAIRS])
    elif "name" in metafunc.fixturenames:
        metafunc.parametrize("name", list(CATALOG))
