"""Rows of results: a class for each kind, and flat dicts in files."""

from dataclasses import fields, replace

import pytest

from benchmarks.mutants.results import SHIPPED
from benchmarks.report.sections.machines import REFERENCES
from benchmarks.results import read
from benchmarks.rows import ExperimentRow, FaultRecord, FaultRow, LearningRow, ParityRow, TimingRow, from_record, record

KINDS = (ParityRow, LearningRow, TimingRow, FaultRecord, FaultRow, ExperimentRow)


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_comes_back_from_its_record(kind):
    row = from_record(kind, {column.name: i for i, column in enumerate(fields(kind))})
    assert from_record(kind, record(row)) == row
    assert list(record(row)) == [column.name for column in fields(kind)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_misspelt_column_is_refused_by_name(kind):
    with pytest.raises(TypeError, match=f"{kind.__name__} has no column verdikt"):
        from_record(kind, {"verdikt": 1})
    with pytest.raises(TypeError, match="verdikt"):
        replace(from_record(kind, {}), verdikt=1)


def test_columns_that_an_older_file_lacks_have_their_defaults():
    row = from_record(ParityRow, {"dtype": "float64", "stage": "tap", "step": 0, "mode": "training", "name": "h"})
    assert (row.batch, row.verdict, row.max_abs, row.note) == ("data", "different", None, "")
    assert from_record(TimingRow, {"model": "lstm"}).side is None  # no default: it was not said
    assert from_record(TimingRow, {}).samples == []


def test_what_ships_has_the_columns_of_the_rows():
    kinds = {"speed.jsonl.gz": TimingRow, "learning.jsonl.gz": LearningRow, "experiments.jsonl.gz": ExperimentRow}
    shipped = [(kinds[path.name], path) for path in sorted(REFERENCES.rglob("*.jsonl.gz"))] + [(FaultRow, SHIPPED)]
    assert {kind for kind, _ in shipped} >= {TimingRow, LearningRow, FaultRow}
    for kind, path in shipped:
        found = read(path)["rows"]
        assert found
        for row in found:
            from_record(kind, row)
            for one in row.get("mutants") or ():
                from_record(FaultRecord, one)
