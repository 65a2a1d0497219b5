"""Each test of this chapter that takes `side` runs on both."""

import pytest

from benchmarks.twins import SIDES


@pytest.fixture(params=SIDES)
def side(request):
    return request.param
