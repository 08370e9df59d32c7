"""Fixtures: a fresh lake or cloud per test; the servers that a test asks for, one of each per run.
"""

import itertools
import os
import time
from collections import Counter

import pytest

from cloud import Cloud
from lake import Lake, binary
from readers import Spark
from servers import StandIns

_numbers = itertools.count(1)


def pytest_configure():
    os.environ["TZ"] = "UTC"  # of this process and of Spark's; the binary gets others in tests
    time.tzset()
    binary()  # fails at once, with the reason


def pytest_assertrepr_compare(op, left, right):
    """Of long lists of ids only what differs: else it is the one line that a cut log lacks."""
    lists = isinstance(left, list) and isinstance(right, list) and len(left) + len(right) > 40
    if op != "==" or not lists or not all(isinstance(item, int) for item in left + right):
        return None
    has, expected = Counter(left), Counter(right)
    return [f"{len(left)} numbers == {len(right)} numbers",
            f"missing: {sorted((expected - has).elements())}",
            f"too many: {sorted((has - expected).elements())}"]  # fmt: skip


@pytest.fixture(scope="session")
def make_lake(tmp_path_factory):
    """Lakes for a module's fixtures; a single test takes `lake`."""
    return lambda: Lake(tmp_path_factory.mktemp("lake"), f"lake{os.getpid()}n{next(_numbers)}")


@pytest.fixture
def lake(make_lake) -> Lake:
    return make_lake()


@pytest.fixture(scope="session")
def stand_ins():
    with StandIns() as servers:
        yield servers


@pytest.fixture
def make_cloud(stand_ins, tmp_path_factory):
    """Clouds with a catalog of their own kind; most tests take `cloud`."""
    made = []

    def make(catalog: str = "sql") -> Cloud:
        made.append(Cloud(stand_ins, tmp_path_factory.mktemp("cloud"), catalog))
        return made[-1]

    yield make
    for cloud in made:
        cloud.close()


@pytest.fixture
def cloud(make_cloud) -> Cloud:
    return make_cloud()


@pytest.fixture
def glue_cloud(make_cloud) -> Cloud:
    return make_cloud("glue")


@pytest.fixture
def rest_cloud(make_cloud) -> Cloud:
    return make_cloud("rest")


@pytest.fixture(scope="session")
def spark():
    session = Spark()
    yield session
    session.stop()
