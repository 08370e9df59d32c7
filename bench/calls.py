"""The requests that a program made, as the proxies between it and the stand-ins saw them.

A call has what its price needs (kind, bytes, units) and when it began and ended; the number of
round trips in sequence is the longest chain of calls each of which began after the one before had
ended. Nothing here asks anything.
"""

import json
import math
from collections import Counter
from dataclasses import dataclass

S3_KINDS = {
    "GetObject": "GET",
    "HeadObject": "HEAD",
    "HeadBucket": "HEAD",
    "ListObjectsV2": "LIST",
    "DeleteObject": "DELETE",
    "DeleteObjects": "DELETE",
    "AbortMultipartUpload": "DELETE",
}  # all else writes, and is priced as a PUT
OBJECT_MADE_BY = ("PutObject", "CopyObject", "CompleteMultipartUpload")
DYNAMODB_READS = ("GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems")
WRITE_UNIT_BYTES, READ_UNIT_BYTES = 1024, 4096


@dataclass(frozen=True)
class Call:
    """One request; times in seconds of one clock."""

    service: str  # s3, dynamodb or glue
    operation: str  # the API's name
    target: str  # an object's path; a table's name
    began: float
    ended: float
    sent_bytes: int = 0
    answer_bytes: int = 0
    units: float = 0.0  # of DynamoDB

    @property
    def kind(self) -> str:
        operation = S3_KINDS.get(self.operation, "PUT") if self.service == "s3" else self.operation
        return f"{self.service} {operation}"


def call_of(service: str, request) -> Call:
    """From a request that the tests' FaultProxy kept."""
    target, units = request.path, 0.0
    if service != "s3":
        said = json.loads(request.body or b"{}")
        target = said.get("TableName") or said.get("Name") or ""
        if isinstance(said.get("TableInput"), dict):
            target = said["TableInput"].get("Name", "")
        if service == "dynamodb":
            units = dynamodb_units(request.operation, said, len(request.body),
                                   request.answer_bytes)  # fmt: skip
    return Call(service, request.operation, target, request.began, request.ended,
                len(request.body), request.answer_bytes, units)  # fmt: skip


def dynamodb_units(operation: str, said: dict, sent_bytes: int, answer_bytes: int) -> float:
    """Request units. The text of the request or answer stands for the item's size: it is longer
    than the item as DynamoDB counts it, unless an update changes little of a large one."""
    twice = 2 if operation.startswith("Transact") else 1
    if operation in DYNAMODB_READS:
        of_read = 1 if said.get("ConsistentRead") else 0.5
        items = sum(len(table.get("Keys", [])) for table in said.get("RequestItems", {}).values())
        units = max(1, items, math.ceil(answer_bytes / READ_UNIT_BYTES))
        return units * of_read * twice
    batch = said.get("RequestItems", {}).values()
    items = len(said.get("TransactItems", [])) or sum(map(len, batch))
    return max(1, items, math.ceil(sent_bytes / WRITE_UNIT_BYTES)) * twice


def by_kind(calls: list[Call]) -> Counter:
    return Counter(call.kind for call in calls)


def objects_made(calls: list[Call]) -> int:
    return sum(call.service == "s3" and call.operation in OBJECT_MADE_BY for call in calls)


def places(calls: list[Call]) -> list[int]:
    """Of each call, in order of beginning: its place in the longest chain that ends with it."""
    ordered = sorted(calls, key=lambda call: call.began)
    found: list[int] = []
    for at, call in enumerate(ordered):
        before = (place for place, earlier in zip(found, ordered[:at], strict=True)
                  if earlier.ended <= call.began)  # fmt: skip
        found.append(1 + max(before, default=0))
    return found


def in_sequence(calls: list[Call]) -> int:
    """Round trips that follow one another; 0 without calls."""
    return max(places(calls), default=0)


def trace(calls: list[Call], began: float, ended: float) -> str:
    """The calls in their order as a table, in milliseconds since `began`."""
    lines = ["| place | began ms | ended ms | request | of | bytes sent | bytes got |",
             "| --- | --- | --- | --- | --- | --- | --- |"]  # fmt: skip
    ordered = sorted(calls, key=lambda call: call.began)
    for place, call in zip(places(calls), ordered, strict=True):
        times = [f"{(time - began) * 1e3:.1f}" for time in (call.began, call.ended)]
        lines.append(f"| {place} | {times[0]} | {times[1]} | {call.service} {call.operation} |"
                     f" {call.target} | {call.sent_bytes:,} | {call.answer_bytes:,} |")  # fmt: skip
    lines.append(f"\nanswered after {(ended - began) * 1e3:.1f} ms")
    return "\n".join(lines)
