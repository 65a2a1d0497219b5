"""Both frameworks are imported once, here: what they warn of while they start is not ours to mend."""

import warnings
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

from benchmarks.twins import SIDES, load
from shared.catalog import CATALOG

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    for side in SIDES:
        load(side, "computational_graph")

PAIRS = [(name, variant) for name, entry in CATALOG.items() for variant in entry.variants]
FIRST = [(name, next(iter(entry.variants))) for name, entry in CATALOG.items()]
# The models that take longest: their graph has thousands of operations when unrolled, or their data are audio
LARGE = (
    "bidirectional_gru",
    "attention",
    "ctc",
    "spectrogram_conv_net",
    "spectrogram_recurrent_net",
    "pixel_rnn",
    "wavenet",
    "char_rnn",
)
OWN_WORK = [(name, variant) for name, variant in PAIRS if CATALOG[name].variants[variant].timed]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that takes `name` and `variant` runs for every pair of the catalogue that does work of its own, not the
    same on other data or by another optimizer. With the mark `variants_are_slow` all but the first variant of each
    model are slow, with `large_models_are_slow` the models that take longest. One that takes `name` alone runs for
    every model.
    """
    if "name" not in metafunc.fixturenames:
        return
    slow = metafunc.definition.get_closest_marker("variants_are_slow") is not None
    large = metafunc.definition.get_closest_marker("large_models_are_slow") is not None
    left = {pair for pair in PAIRS if (slow and pair not in FIRST) or (large and pair[0] in LARGE)}
    if "variant" in metafunc.fixturenames:
        marked = [(pair, [pytest.mark.slow] if pair in left else []) for pair in OWN_WORK]
        params = [pytest.param(*pair, id="-".join(pair), marks=marks) for pair, marks in marked]
        metafunc.parametrize(("name", "variant"), params)
    else:
        marked = [(pair[0], [pytest.mark.slow] if pair in left else []) for pair in FIRST]
        metafunc.parametrize("name", [pytest.param(name, marks=marks) for name, marks in marked])


class ByModel(LoadScopeScheduling):
    """All tests of a model run in one process, where they share its twins, and so do all others of a file, which share
    its fixtures. (The groups of pytest-xdist 3.8 have no effect with pytest 9.2.)"""

    def _split_scope(self, nodeid: str) -> str:
        file, _, test = nodeid.partition("::")
        first = test.partition("[")[2].rstrip("]").partition("-")[0]  # the first parameter
        return first if first in CATALOG else file


@pytest.hookimpl(optionalhook=True)  # without pytest-xdist there is no such hook
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByModel:
    config.option.loadscopereorder = False  # in the order of collection, in which the longest come first
    return ByModel(config, log)


# The files that take longest. They come first: begun last, one would keep the other processes waiting
LONGEST = ("tests/report/test_whole_page.py", "tests/speed/", "tests/diagnosis/test_locate.py", "tests/proof/")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the tests: the longest first, the others as they are found."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))
