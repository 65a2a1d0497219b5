"""A few mutants of some files, others with every commit, are tried again: the shipped results are of an older one."""

import random
from dataclasses import replace

import pytest

from benchmarks.faults.targets import TARGETS, planned
from benchmarks.mutants.equivalent import EQUIVALENT
from benchmarks.mutants.sample import commit, is_noticed, sample
from benchmarks.twins import SIDES, load
from tests.conftest import LARGE

# Their mutants, or those of a part, are tried in the models whose graphs take longest to build
COSTLY = {*LARGE, "additive_attention", "cells", "ctc_loss", "spectrogram"}
DRAWN = random.Random(commit()).sample([one for one in TARGETS if one not in COSTLY], 6)  # all: `make test-all`


@pytest.mark.parametrize(
    "target", [pytest.param(one, marks=[] if one in DRAWN else [pytest.mark.slow]) for one in TARGETS]
)
@pytest.mark.filterwarnings("ignore")  # of what a mutant does
def test_a_mutant_is_noticed_unless_it_is_called_equivalent(target):
    side = random.Random(f"{commit()} {target}").choice([*SIDES])  # the other one, with another commit
    for mutant in sample(target, side, 2, commit()):
        assert is_noticed(mutant, target) == (mutant.key not in EQUIVALENT), (mutant.key, commit())


def test_the_sample_depends_on_the_commit_alone():
    assert sample("lstm", "static", 5, "a") == sample("lstm", "static", 5, "a")
    assert sample("lstm", "static", 5, "a") != sample("lstm", "static", 5, "b")
    assert len({mutant.key for mutant in sample("lstm", "static", 5, "a")}) == 5
    assert len(sample("computational_graph", "static", 10_000, "a")) == len(planned("computational_graph", "static"))


def test_a_mutant_that_changes_nothing_is_not_noticed_and_one_that_never_ends_is(monkeypatch):
    load("dynamic", "computational_graph")
    (found,) = [m for m in planned("computational_graph", "dynamic") if m.what == "c * d -> c / d"]
    place = found.edits[0][0]
    assert not is_noticed(replace(found, edits=((place, "d * c"),)), "computational_graph")
    monkeypatch.setattr("benchmarks.mutants.sample.PATIENCE", 1)
    assert is_noticed(replace(found, edits=((place, "[0 for _ in iter(int, 1)]"),)), "computational_graph")
