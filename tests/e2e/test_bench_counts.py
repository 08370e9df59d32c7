"""What the benchmark counts: round trips that wait for one another, and what requests cost."""

import sys
from datetime import date
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[2] / "bench"))

from calls import Call, dynamodb_units, in_sequence, objects_made  # noqa: E402
from prices import of_calls, of_invocation  # noqa: E402

PRICES = {
    "looked_up": date(2026, 1, 1),
    "s3": {"PUT": 5.0, "LIST": 7.0, "GET": 1.0, "HEAD": 2.0, "DELETE": 0.0},
    "dynamodb": {"write": 4.0, "read": 2.0},
    "glue": {"request": 3.0},
    "lambda": {"request": 0.5, "gb_second_x86": 8.0, "gb_second_arm64": 6.0},
}


def call(began: float, ended: float, operation="PutObject", service="s3", units=0.0) -> Call:
    return Call(service, operation, "", began, ended, units=units)


@pytest.mark.parametrize("spans, expected", [
    ([], 0),
    ([(0, 1)], 1),
    ([(0, 1), (1, 2), (2, 3)], 3),
    ([(0, 5), (1, 4), (2, 3)], 1),  # all at once
    ([(3, 4), (0, 1), (1, 3)], 3),  # told in another order
    ([(0, 9), (1, 2), (3, 4), (5, 6)], 3),  # three short ones beside a long one
    ([(0, 2), (1, 3), (2, 4), (3, 5)], 2),
])  # fmt: skip
def test_only_what_began_after_another_ended_is_in_sequence(spans, expected):
    assert in_sequence([call(*span) for span in spans]) == expected


def test_dollars_are_requests_by_kind_at_their_prices():
    calls = [call(0, 1), call(0, 1, "UploadPart"), call(0, 1, "ListObjectsV2"),
             call(0, 1, "GetObject"), call(0, 1, "HeadObject"),
             call(0, 1, "DeleteObject")]  # fmt: skip
    assert of_calls(calls, PRICES) == pytest.approx((5 + 5 + 7 + 1 + 2) / 1e3)
    assert objects_made(calls) == 1  # a part is no object
    others = [call(0, 1, "UpdateTable", "glue"), call(0, 1, "PutItem", "dynamodb", 2),
              call(0, 1, "GetItem", "dynamodb", 0.5)]  # fmt: skip
    assert of_calls(others, PRICES) == pytest.approx((3 + 2 * 4 + 0.5 * 2) / 1e6)


def test_lambda_bills_begun_milliseconds():
    assert of_invocation(1.0, 512, "x86", PRICES) == pytest.approx(0.5e-6 + 0.5 * 8)
    assert of_invocation(0.0001, 1024, "arm64", PRICES) == pytest.approx(0.5e-6 + 0.001 * 6)


@pytest.mark.parametrize("operation, said, sent, got, units", [
    ("PutItem", {}, 1024, 2, 1),
    ("PutItem", {}, 1025, 2, 2),
    ("GetItem", {}, 50, 4096, 0.5),
    ("GetItem", {"ConsistentRead": True}, 50, 4097, 2),
    ("TransactWriteItems", {"TransactItems": [{}, {}, {}]}, 900, 2, 6),
])  # fmt: skip
def test_dynamodb_counts_units_by_size(operation, said, sent, got, units):
    assert dynamodb_units(operation, said, sent, got) == units
