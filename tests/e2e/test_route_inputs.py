"""What else a route's SQL may read: objects, prefixes, Iceberg tables, and nothing beside them."""

import pytest

import events
from readers import arrow_rows

ORDERS = "SELECT range::BIGINT AS id, ['eur', 'usd'][1 + range % 2] AS currency FROM range(4)"
RATES = "SELECT * FROM (VALUES ('eur', 2), ('usd', 3)) v(currency, rate)"
JOINED = [[0, 2], [1, 3], [2, 2], [3, 3]]


def join(source: str) -> str:
    return ("SELECT id, rates.rate::BIGINT AS rate FROM '{s3_input_path}'"
            f" JOIN {source} AS rates USING (currency)")  # fmt: skip


def rows(lake, table: str) -> list[list]:
    return arrow_rows(lake.table(table).scan().to_arrow())


def fails(lake, uri: str) -> str:
    """Insists that it fails; route and message, which people are told together."""
    outcome = lake.run(uri)
    assert outcome.exit_code == 1 and outcome.states() == {uri: "FAILED"}, outcome
    (line,) = outcome.files
    assert line["route"] == "src-a" or "'src-a'" in line["error"], line
    return line["error"]


@pytest.mark.parametrize("options", ["FORMAT parquet", "FORMAT csv, HEADER"])
def test_a_join_with_an_object(lake, options):
    suffix = options.split()[1].strip(",")
    rates = lake.put("src-b", f"ref/it's rates.{suffix}", RATES, options)
    quoted = rates.replace("'", "''")
    lake.route("src-a", "bronze.t", join(f"'{quoted}'"), inputs=[rates])
    lake.load(lake.put("src-a", "a.parquet", ORDERS))
    assert rows(lake, "bronze.t") == JOINED


def test_a_join_with_all_below_a_prefix(lake):
    for currency, rate in (("eur", 2), ("usd", 3)):
        lake.put("src-b", f"rates/2026/{currency}.parquet",
                 f"SELECT '{currency}' AS currency, {rate} AS rate")  # fmt: skip
    lake.put("src-b", "rates-old/x.parquet", "SELECT 'eur' AS currency, 99 AS rate")
    lake.route("src-a", "bronze.t", join("'s3://src-b/rates/**/*.parquet'"),
               inputs=["s3://src-b/rates/"])  # fmt: skip
    lake.load(lake.put("src-a", "a.parquet", ORDERS))
    assert rows(lake, "bronze.t") == JOINED


def test_a_join_with_a_table_of_the_catalog(lake):
    """As it is when the file is loaded."""
    lake.route("src-b", "ref.rates")
    lake.load(lake.put("src-b", "1.parquet", "SELECT 'eur' AS currency, 2 AS rate"))
    lake.load(lake.put("src-b", "2.parquet", "SELECT 'usd' AS currency, 3 AS rate"))
    lake.route("src-a", "bronze.t", join("ref.rates"), inputs=["ref.rates"])
    lake.load(lake.put("src-a", "a.parquet", ORDERS))
    assert rows(lake, "bronze.t") == JOINED


def test_a_join_on_s3_through_lambda(cloud):
    cloud.route(cloud.src_b, "ref.rates")
    rates = cloud.put(cloud.src_b, "rates.parquet", RATES)
    cloud.load(rates)
    cloud.route(cloud.src_a, "bronze.t", join("ref.rates") + f" JOIN '{rates.uri}' AS r"
                " USING (currency) WHERE r.rate = rates.rate",
                inputs=["ref.rates", rates.uri])  # fmt: skip
    item = cloud.put(cloud.src_a, "a.parquet", ORDERS)
    with cloud.function() as function:
        assert function.invoke(events.sqs(item)).response == {"batchItemFailures": []}
    assert rows(cloud, "bronze.t") == JOINED


@pytest.mark.parametrize(("source", "inputs", "words"), [
    ("'s3://src-b/ref/rates.parquet'", [], ["s3://src-b/ref/rates.parquet", "inputs"]),
    ("'s3://src-b/ref/rates.parquet'", ["s3://src-b/other/"], ["rates.parquet", "inputs"]),
    ("'s3://src-b/ref/*.parquet'", ["s3://src-b/ref/x.parquet"], ["s3://src-b/ref/", "inputs"]),
    ("read_csv('/etc/passwd')", [], ["/etc/passwd"]),
    ("ref.rates", [], ["ref.rates", "inputs"]),
], ids=["none declared", "beside the prefix", "a pattern of one object", "a local file",
        "a table"])  # fmt: skip
def test_what_is_not_declared_is_refused(lake, source, inputs, words):
    lake.put("src-b", "ref/rates.parquet", RATES)
    lake.route("load", "ref.rates")
    lake.load(lake.put("src-b", "load/rates.parquet", RATES))
    lake.route("src-a", "bronze.t", join(source), inputs=inputs)
    told = fails(lake, lake.put("src-a", "a.parquet", ORDERS))
    assert all(word in told for word in words), told


@pytest.mark.parametrize("entry", ["s3://src-b/gone.parquet", "ref.gone"])
def test_an_input_that_is_not_there_is_told(lake, entry):
    source = f"'{entry}'" if "://" in entry else entry
    lake.route("src-a", "bronze.t", join(source), inputs=[entry])
    told = fails(lake, lake.put("src-a", "a.parquet", ORDERS))
    assert entry in told, told


def test_a_missing_input_does_not_make_the_file_a_vanished_one(cloud):
    """The message comes back: the file is there, and loads once its input is, too."""
    rates = f"s3://{cloud.src_b}/rates.parquet"
    cloud.route(cloud.src_a, "bronze.t", join(f"'{rates}'"), inputs=[rates])
    item = cloud.put(cloud.src_a, "a.parquet", ORDERS)
    with cloud.function() as function:
        failed = function.invoke(events.sqs(item)).response["batchItemFailures"]
        assert failed == [{"itemIdentifier": "message-0"}]
        assert rates in function.log()
        cloud.put(cloud.src_b, "rates.parquet", RATES)
        assert function.invoke(events.sqs(item)).response == {"batchItemFailures": []}
    assert rows(cloud, "bronze.t") == JOINED


def test_an_input_that_is_none_is_told(lake):
    lake.route("src-a", "bronze.t", inputs=["rates of 2026"])
    told = fails(lake, lake.put("src-a", "a.parquet", ORDERS))
    assert "inputs[0]" in told and "rates of 2026" in told and "'src-a'" in told, told
