"""Deals every pair of type and transform into tables, and makes each table's rows from a seed.

A table has a column of each kind, a struct, a list and a map; its spec has one field or several.
Each writer that can, appends a batch of rows, in random order.
"""

from dataclasses import dataclass
from random import Random

from pyiceberg.transforms import (
    BucketTransform,
    DayTransform,
    HourTransform,
    IdentityTransform,
    MonthTransform,
    Transform,
    TruncateTransform,
    VoidTransform,
    YearTransform,
)

from matrix.kinds import KINDS, Kind
from matrix.limits import is_fit_for_table, is_fit_for_writer

WRITERS = ("eider", "spark", "pyiceberg")
TRANSFORMS = {
    "identity": lambda random: IdentityTransform(),
    "bucket": lambda random: BucketTransform(random.choice((1, 2, 7, 16, 1000))),
    "truncate": lambda random: TruncateTransform(random.choice((1, 3, 10, 16))),
    "year": lambda random: YearTransform(),
    "month": lambda random: MonthTransform(),
    "day": lambda random: DayTransform(),
    "hour": lambda random: HourTransform(),
    "void": lambda random: VoidTransform(),
}
PAIRS = [(kind, name) for kind in KINDS for name, make in TRANSFORMS.items()
         if make(Random(0)).can_transform(KINDS[kind].iceberg)]  # fmt: skip
LEAVES = {"pair.a": KINDS["int"], "pair.b": KINDS["string"]}


# Eider makes none of version 1, and PyIceberg 0.12 none of version 3.
VERSIONS = {"eider": (2, 2, 3), "spark": (1, 2, 2, 3), "pyiceberg": (1, 2, 2)}
# Spark's time goes by tasks, and every file would be one.
ONE_TASK = {"read.split.open-file-cost": "1", "read.split.adaptive-size.enabled": "false"}


PROPERTIES = (
    {},
    {"commit.manifest.min-count-to-merge": "2"},
    {"commit.manifest-merge.enabled": "false"},
    {"write.metadata.metrics.default": "full"},
    {"write.metadata.metrics.default": "truncate(2)"},
    {"write.object-storage.enabled": "true"},
)


@dataclass(frozen=True)
class Field:
    """One field of a partition spec."""

    column: str
    kind: Kind
    transform: Transform

    @property
    def transform_name(self) -> str:
        return str(self.transform).partition("[")[0]

    @property
    def name(self) -> str:
        """As Java and Eider call it."""
        suffix = {"identity": "", "truncate": "_trunc", "void": "_null"}
        return self.column + suffix.get(self.transform_name, f"_{self.transform_name}")


@dataclass(frozen=True)
class Batch:
    writer: str
    rows: list[dict]


@dataclass(frozen=True)
class Case:
    """One table: who makes it, its columns and partitions, and who appends what."""

    number: int
    maker: str
    version: int
    columns: dict[str, Kind]  # but id, pair, numbers and counts, which every table has
    fields: list[Field]
    properties: dict[str, str]
    batches: list[Batch]

    @property
    def rows(self) -> list[dict]:
        return [row for batch in self.batches for row in batch.rows]

    @property
    def has_spark(self) -> bool:
        return all(kind.spark for kind in self.columns.values())

    def __str__(self) -> str:
        spec = ", ".join(f"{field.transform}({field.column})" for field in self.fields)
        told = {key: value for key, value in self.properties.items() if key not in ONE_TASK}
        return (f"table of version {self.version} by {self.maker}, partitioned by {spec}, {told}, "
                f"written by {[batch.writer for batch in self.batches]}")


def deal(seed: str, count: int) -> list[list[tuple[str, str]]]:
    """`count` hands of one to six pairs; the whole deck is dealt before a pair comes again."""
    random = Random(f"{seed}/deal")
    hands: list[list[tuple[str, str]]] = []
    deck: list[tuple[str, str]] = []
    while len(hands) < count:
        hand: list[tuple[str, str]] = []
        wanted = random.choice((1, 2, 6, 8, 10))
        for _ in range(wanted):
            deck = deck or random.sample(PAIRS, len(PAIRS))
            next_pair = next((pair for pair in deck if goes_with(pair, hand)), None)
            if next_pair is None:
                break
            deck.remove(next_pair)
            hand.append(next_pair)
        hands.append(hand)
    return hands


def goes_with(pair: tuple[str, str], hand: list[tuple[str, str]]) -> bool:
    """PyIceberg writes no two fields of one column; `time`, which Spark lacks, is apart."""
    if hand and (pair[0] == "time") != (hand[0][0] == "time"):
        return False
    return all(kind != pair[0] for kind, _ in hand)


def make_case(seed: str, number: int, hand: list[tuple[str, str]]) -> Case:
    random = Random(f"{seed}/{number}")
    is_apart = any(kind == "time" for kind, _ in hand)
    columns = {f"v_{kind.name}": kind for kind in KINDS.values() if kind.spark or is_apart}
    fields = [Field(f"v_{kind}", KINDS[kind], TRANSFORMS[name](random)) for kind, name in hand]
    if random.random() < 0.3:
        leaf = random.choice(list(LEAVES))
        name = random.choice(("identity", "bucket", "truncate"))
        fields.append(Field(leaf, LEAVES[leaf], TRANSFORMS[name](random)))
    makers = ["pyiceberg"]
    if not any(field.transform_name == "void" for field in fields):
        makers.append("eider")
        if not is_apart and not any(field.kind.name == "uuid" for field in fields):
            makers.append("spark")
    maker = random.choice(makers)
    if maker == "spark":
        del columns["v_uuid"]  # no type of Spark's own
    version = random.choice(VERSIONS[maker])
    writers = [writer for writer in WRITERS if writer != "spark" or not is_apart]
    used = [(field.kind, field.transform) for field in fields]
    writers = [writer for writer in writers if is_fit_for_table(writer, version, used)]
    properties = random.choice(PROPERTIES)
    random.shuffle(writers)
    if maker == "eider":
        writers.sort(key=lambda writer: writer != "eider")
    batches, first = [], 0
    for writer in writers:
        rows = make_rows(random, first, random.randint(8, 16), columns, fields, writer)
        batches.append(Batch(writer, rows))
        first += len(rows)
    return Case(number, maker, version, columns, fields, properties | ONE_TASK, batches)


def make_rows(random: Random, first: int, count: int, columns: dict[str, Kind],
              fields: list[Field], writer: str) -> list[dict]:  # fmt: skip
    rows = [{"id": first + number} for number in range(count)]
    for name, kind in columns.items():
        for row, value in zip(rows, column_values(random, kind, count), strict=True):
            used = [field.transform for field in fields if field.column == name]
            row[name] = value if is_fit_for_writer(writer, kind, used, value) else None
    leaves = [column_values(random, kind, count) for kind in LEAVES.values()]
    for row, a, b in zip(rows, *leaves, strict=True):
        for leaf, value in (("pair.a", a), ("pair.b", b)):
            used = [field.transform for field in fields if field.column == leaf]
            if not is_fit_for_writer(writer, LEAVES[leaf], used, value):
                a, b = (None, b) if leaf == "pair.a" else (a, None)
        row["pair"] = random.choice((None, {"a": a, "b": b}, {"a": a, "b": b}))
        numbers = [random.choice((None, 0, -1, 2**31 - 1)) for _ in range(random.randint(0, 3))]
        row["numbers"] = random.choice((None, numbers, numbers))
        pairs = [(key, random.choice((None, 2**63 - 1, 5))) for key in
                 random.sample(("", "k", "\u00e4"), random.randint(0, 3))]  # fmt: skip
        row["counts"] = random.choice((None, pairs, pairs))
    return rows


def column_values(random: Random, kind: Kind, count: int) -> list:
    """Nulls, extremes and any others; now and then nothing but nulls, or one value alone."""
    mode = random.random()
    if mode < 0.08:
        return [None] * count
    if mode < 0.16:
        return [random.choice(kind.extremes)] * count
    extremes = random.sample(kind.extremes, len(kind.extremes))
    found = []
    for _ in range(count):
        choice = random.random()
        if choice < 0.2:
            found.append(None)
        elif choice < 0.65 and extremes:
            found.append(extremes.pop())
        else:
            found.append(kind.draw(random))
    return found
