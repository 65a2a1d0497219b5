"""The known differences, measured once."""

import logging
from contextlib import contextmanager
from logging.handlers import BufferingHandler

import pytest
import tensorflow.compat.v1 as tf
import torch

from benchmarks.differences import measure


@contextmanager
def tf32_as_in_a_new_process():
    """Twins forbid it for their process, and those of other tests may have run in this one."""
    static, dynamic = tf.config.experimental, torch.backends.cudnn
    allowed = static.tensor_float_32_execution_enabled(), dynamic.allow_tf32
    static.enable_tensor_float_32_execution(True)
    dynamic.allow_tf32 = True
    yield
    static.enable_tensor_float_32_execution(allowed[0])
    dynamic.allow_tf32 = allowed[1]


@pytest.fixture(scope="session")
def measured():
    """All rows by name, and what TensorFlow said meanwhile: it says most things only once."""
    logger, said = logging.getLogger("tensorflow"), BufferingHandler(10**6)
    logger.addHandler(said)
    with tf32_as_in_a_new_process():
        rows = {row["name"]: row for row in measure()}
    logger.removeHandler(said)
    return rows, [record.getMessage() for record in said.buffer]


@pytest.fixture(scope="session")
def rows(measured):
    return measured[0]
