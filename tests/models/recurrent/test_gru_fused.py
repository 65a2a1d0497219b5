"""The fused GRU against the written-out one: the same weights, outputs and gradients."""

import pytest

from benchmarks.twins import SIDES
from tests.models.pins import edge_cases, sums
from tests.models.recurrent.readers import ADDING, SENTENCES, fused_is_written_out


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("variant", ["plain", "adding"])
def test_the_kernel_computes_what_is_written_out(side, variant):
    fused_is_written_out(side, "gru", variant)


def test_without_a_seed_it_starts_where_it_always_did():
    """Where the written-out model starts."""
    assert sums("gru_fused") == sums("gru")


def test_what_it_accepts_beside_the_data():
    assert edge_cases("gru_fused") == SENTENCES
    assert edge_cases("gru_fused", "adding") == ADDING
