"""What all odd files share: a verdict, the places of surprises, and how bytes are packed."""

import gzip
import random
import zlib
from collections import Counter
from dataclasses import dataclass, field

import pyarrow

# Rows at which something in a reader ends: DuckDB's vectors, samples of types and row groups.
ROW_BORDERS = (2_048, 20_480)
LONG = 0.04  # of the files reach beyond the first of these, a quarter of them beyond the last

# Bytes at which our own looks at texts end: a piece of a stream, a sample of dialects.
BYTE_BORDERS = (64 << 10, 256 << 10, 1 << 20)


@dataclass
class OddFile:
    """`shape` names the route, so the table; `rows` are what a LOADED file must have given.

    `must` is "load" for a file that may not be refused, "fail" for one that no reading makes whole,
    and "either" where being refused is right as well.
    """

    shape: str
    suffix: str
    data: bytes
    must: str
    what: str  # is odd in it
    rows: list[tuple] = field(default_factory=list)

    def fault(self, loaded: bool, found: Counter, error: str) -> str | None:
        """What is wrong with that outcome; `found` are the rows of the table."""
        if not loaded:
            if found:
                return f"is FAILED and has {found.total()} rows"
            return f"was refused: {error}" if self.must == "load" else None
        if self.must == "fail":
            return f"is LOADED with {found.total()} rows"
        expected = Counter(self.rows)
        if found == expected:
            return None
        return (f"is LOADED with {found.total()} rows of {expected.total()}:"
                f" {list((found - expected).items())[:3]}"
                f" and not {list((expected - found).items())[:3]}")  # fmt: skip


def row_count(rng: random.Random) -> int:
    """Of the rows of a file: a few, or about a border."""
    dice = rng.random()
    if dice > LONG:
        return rng.choice((0, 1, 1, 2, 3, 5, 20, 20, 100))
    border = ROW_BORDERS[1 if dice < LONG / 4 else 0]
    return border + rng.choice((-1, 0, 1, 2, 700))


def surprise_place(rng: random.Random, rows: int) -> int:
    """The row of a surprise: at either end, or before, at or behind a border."""
    places = [0, 1, rows // 2, rows - 1]
    places += [border + d for border in ROW_BORDERS if border < rows + 2 for d in (-2, -1, 0, 1)]
    return max(0, min(rows - 1, rng.choice(places)))


def many(rng: random.Random, make, count: int) -> list:
    """`count` values; of a long list most come again, for the sake of time."""
    kept = [make() for _ in range(min(count, 200))]
    return kept if count <= len(kept) else kept + rng.choices(kept, k=count - len(kept))


def zstd(data: bytes) -> bytes:
    return pyarrow.compress(data, codec="zstd", asbytes=True)


def gzip_of(rng: random.Random, data: bytes) -> bytes:
    """As one member or as several, as `cat a.gz b.gz` makes them."""
    if rng.random() < 0.8 or len(data) < 2:
        return gzip.compress(data, compresslevel=1, mtime=0)
    cut = rng.randrange(1, len(data))
    return gzip.compress(data[:cut], 1, mtime=0) + gzip.compress(data[cut:], 1, mtime=0)


def damaged(rng: random.Random, packed: bytes, is_gzip: bool) -> tuple[bytes, str]:
    """Packed bytes that no longer are what they say, and what was done to them."""
    kind = rng.choice(("cut", "cut at the end", "checksum", "more behind"))
    if kind == "cut":
        return packed[: rng.randrange(len(packed) // 2, len(packed) - 9)], "packed and cut off"
    if kind == "cut at the end":
        return packed[: -rng.randint(1, 4)], "packed and cut off by some bytes"
    if kind == "more behind":
        return packed + b"more", "packed with other bytes behind"
    if not is_gzip:
        return packed[:-1], "packed and cut off by a byte"
    changed = bytearray(packed)
    changed[-5 - rng.randrange(4)] ^= 1 << rng.randrange(8)
    return bytes(changed), "packed with a changed checksum"


def pack(rng: random.Random, data: bytes) -> tuple[bytes, str, str | None]:
    """The bytes as a file has them, the end of its name, and the damage, if there is one."""
    dice = rng.random()
    if dice < 0.75:
        return data, "", None
    is_gzip = dice < 0.92
    packed = gzip_of(rng, data) if is_gzip else zstd(data)
    ending = rng.choice(("", ".gz" if is_gzip else ".zst"))
    if is_gzip and rng.random() < 0.1:
        packed += b"\0" * rng.choice((1, 512))
    elif len(packed) > 40 and rng.random() < 0.2:
        packed, damage = damaged(rng, packed, is_gzip)
        return packed, ending, damage
    assert not is_gzip or zlib.decompressobj(31).decompress(packed) or not data
    return packed, ending, None
