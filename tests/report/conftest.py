"""What several test files here use."""

import pytest

from benchmarks import report
from tests.conftest import FIRST
from tests.report.made_up import KEYS, arrays, everything, machine, speed_rows, sweep_rows


@pytest.fixture(scope="session")
def whole(tmp_path_factory):
    """The page of a run in which all went well."""
    learned = {key: arrays(*key) for key in FIRST}  # a picture takes half a second
    folder = tmp_path_factory.mktemp("report")
    rows = [row for key in KEYS for row in speed_rows(*key, ratio=0.5)] + sweep_rows("gan")
    machines = machine(folder / "machines", "a", rows)
    machine(machines, "b", speed_rows("lstm", device="cuda", form="cuda_graphs"), gpu="Card b")
    return report.write(folder / "new", everything(), learned, machines)
