"""The known differences, measured once."""

import logging
from logging.handlers import BufferingHandler

import pytest

from benchmarks.differences import measure


@pytest.fixture(scope="session")
def measured():
    """All rows by name, and what TensorFlow said meanwhile: it says most things only once."""
    logger, said = logging.getLogger("tensorflow"), BufferingHandler(10**6)
    logger.addHandler(said)
    rows = {row["name"]: row for row in measure()}
    logger.removeHandler(said)
    return rows, [record.getMessage() for record in said.buffer]


@pytest.fixture(scope="session")
def rows(measured):
    return measured[0]
