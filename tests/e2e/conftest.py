"""Fixtures: a fresh lake per test, one Spark session per run."""

import itertools
import os
import time

import pytest

from lake import Lake, binary
from readers import Spark

_numbers = itertools.count(1)


def pytest_configure():
    os.environ["TZ"] = "UTC"  # of this process and of Spark's; the binary gets others in tests
    time.tzset()
    binary()  # fails at once, with the reason


@pytest.fixture(scope="session")
def make_lake(tmp_path_factory):
    """Lakes for a module's fixtures; a single test takes `lake`."""
    return lambda: Lake(tmp_path_factory.mktemp("lake"), f"lake{os.getpid()}n{next(_numbers)}")


@pytest.fixture
def lake(make_lake) -> Lake:
    return make_lake()


@pytest.fixture(scope="session")
def spark():
    session = Spark()
    yield session
    session.stop()
