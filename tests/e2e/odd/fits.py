"""Whether a value of a new table is the one that its file has."""

import json
from decimal import Decimal

from odd.values import same_value


def fits(written, loaded) -> bool:
    """Whether a value of a new table is the file's: a text of CSV, a value of JSON."""
    if written is None or loaded is None:
        return written is None and loaded is None
    if isinstance(written, dict) and isinstance(loaded, dict):
        keys = written.keys() | loaded.keys()
        return all(fits(written.get(key), loaded.get(key)) for key in keys)
    if isinstance(written, list) and isinstance(loaded, list):
        return len(written) == len(loaded) and all(map(fits, written, loaded))
    if isinstance(written, Decimal) and isinstance(loaded, float | str):
        return float(written) == float(loaded)  # fractions of JSON are doubles
    if isinstance(loaded, str):
        return written == loaded or as_json(loaded) == written
    if isinstance(written, bool) or isinstance(loaded, bool):
        return str(written).lower().strip() == str(loaded).lower()
    if isinstance(loaded, int | Decimal | float):
        type_name = "DOUBLE" if isinstance(loaded, float) else "DECIMAL"
        return same_value(type_name, str(written)) == same_value(type_name, repr_number(loaded))
    return any(same_value(name, str(written)) == loaded
               for name in ("DATE", "TIME", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"))  # fmt: skip


def as_json(text: str):
    try:
        return json.loads(text, parse_float=Decimal)
    except ValueError:
        return None


def repr_number(number) -> str:
    return repr(number) if isinstance(number, float) else str(number)
