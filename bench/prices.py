"""What calls and Lambda's time cost at the list prices of prices.toml, in dollars."""

import math
import platform
import tomllib
from pathlib import Path

from calls import DYNAMODB_READS, Call

PRICES = tomllib.loads((Path(__file__).parent / "prices.toml").read_text())
ARCHITECTURE = "arm64" if platform.machine() == "aarch64" else "x86"


def of_call(call: Call, prices: dict = PRICES) -> float:
    if call.service == "s3":
        return prices["s3"][call.kind.removeprefix("s3 ")] / 1e3
    if call.service == "glue":
        return prices["glue"]["request"] / 1e6
    unit = "read" if call.operation in DYNAMODB_READS else "write"
    return call.units * prices["dynamodb"][unit] / 1e6


def of_calls(calls: list[Call], prices: dict = PRICES) -> float:
    return sum(of_call(call, prices) for call in calls)


def of_invocation(seconds: float, memory_mib: int, architecture: str = ARCHITECTURE,
                  prices: dict = PRICES) -> float:  # fmt: skip
    """Lambda bills whole milliseconds, begun ones included."""
    billed_seconds = math.ceil(round(seconds * 1e3, 6)) / 1e3
    gb_seconds = billed_seconds * memory_mib / 1024
    return prices["lambda"]["request"] / 1e6 + \
        gb_seconds * prices["lambda"][f"gb_second_{architecture}"]  # fmt: skip
