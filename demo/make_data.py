"""Makes the two input files of the demo; run once, the results are committed.

    python demo/make_data.py        # needs duckdb 1.5.5

The rows depend on their number alone, so every run gives the same ones.
"""

from pathlib import Path

import duckdb

LAKE = Path(__file__).parent / "lake"

# A number below n that looks like chance, from the row's number and the column's salt.
PICK = "CREATE MACRO pick(salt, n) AS (hash(salt || '/' || range) % n)::INTEGER"

ORDERS = """
SELECT 1000 + range AS id,
       ['ada', 'grace', 'linus', 'margaret', 'ken'][1 + pick('customer', 5)] AS customer,
       ['de', 'fr', 'no', 'jp'][1 + pick('country', 4)] AS country,
       1 + pick('quantity', 9) AS quantity,
       (pick('price', 20000) / 100)::DECIMAL(9, 2) AS price,
       ['paid', 'paid', 'paid', 'cancelled'][1 + pick('status', 4)] AS status,
       TIMESTAMPTZ '2024-05-01 00:00:00+00' + INTERVAL 17 MINUTE * range AS ordered_at
FROM range(500)
"""

VISITS = """
SELECT '/' || ['', 'shop', 'cart', 'about', 'größen'][1 + pick('page', 5)] AS page,
       md5(pick('visitor', 200)::VARCHAR)::UUID AS visitor,
       pick('duration', 90000) AS duration_ms,
       pick('bot', 7) = 0 AS is_bot,
       TIMESTAMPTZ '2024-05-31 08:00:00+00' + INTERVAL 11 SECOND * range AS seen_at
FROM range(800)
"""

if __name__ == "__main__":
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(PICK)
        for query, key in ((ORDERS, "src-a/orders-2024-05.parquet"),
                           (VISITS, "src-b/web/2024/visits 31 May.parquet")):  # fmt: skip
            target = LAKE / key
            target.parent.mkdir(parents=True, exist_ok=True)
            connection.execute(f"COPY ({query}) TO '{target}' (FORMAT parquet, CODEC zstd)")
