"""What every test of this folder leaves behind: nothing."""

import os

import psutil
import pytest

from benchmarks.environment import ROOT


@pytest.fixture(autouse=True)
def nothing_left(monkeypatch):
    """Workers find `planted` from the project's root; no test leaves a process, or the parent's cores changed."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    cores = os.sched_getaffinity(0)
    yield
    assert psutil.Process().children(recursive=True) == []
    assert os.sched_getaffinity(0) == cores
