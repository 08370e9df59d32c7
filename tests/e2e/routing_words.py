"""Words that the tests of routing share: settings of strategies, files that say something."""

import io

import pyarrow
import pyarrow.parquet

ORDERS_AND_MORE = """
SELECT range AS id, ['orders', 'customers', 'visits'][1 + range % 3] AS kind,
       'text ' || range AS name
FROM range({})
"""


def by(*strategies: str) -> dict[str, str]:
    """The variable that makes these the strategies, in their order."""
    return {"EIDER_ROUTING_STRATEGIES": ", ".join(strategies)}


def parquet_that_says(metadata: dict[str, str | bytes], rows: int = 3) -> bytes:
    """A Parquet file with column `id` and this key-value metadata in its footer."""
    table = pyarrow.table({"id": list(range(rows))}).replace_schema_metadata(metadata)
    with io.BytesIO() as made:
        pyarrow.parquet.write_table(table, made)
        return made.getvalue()


def parts_of(line: dict) -> dict[str, tuple]:
    """By the route of each part of a file: its values, its table and its rows."""
    return {part["route"]: (part["values"], part["table"], part["rows"]) for part in line["parts"]}
