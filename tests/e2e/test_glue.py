"""Tables in the Glue Catalog (moto): ours and PyIceberg's, shared, raced for, and bad days."""

import pyarrow
import pytest

from fault_proxy import answer, forward_then, lose_answer, meanwhile

SCHEMA = pyarrow.schema([("id", pyarrow.int64())])


def ids(*numbers: int) -> pyarrow.Table:
    return pyarrow.table({"id": list(numbers)}, schema=SCHEMA)


def glue_table(cloud, name: str) -> dict:
    database, table = name.split(".")
    return cloud.client("glue").get_table(DatabaseName=database, Name=table)["Table"]


@pytest.fixture
def orders(glue_cloud):
    """A Glue table with one row that the program made."""
    glue_cloud.database = f"d{glue_cloud.name}"
    glue_cloud.orders = f"{glue_cloud.database}.orders"
    glue_cloud.route(glue_cloud.src_a, glue_cloud.orders)
    glue_cloud.load(put(glue_cloud, 1))
    return glue_cloud


def put(cloud, number: int):
    return cloud.put(cloud.src_a, f"{number}.parquet", f"SELECT {number}::BIGINT AS id")


def test_pyiceberg_opens_and_writes_what_we_made(orders):
    table = orders.table(orders.orders)
    assert orders.scan_ids(orders.orders) == [1]
    table.append(ids(2))
    orders.load(put(orders, 3))
    assert orders.scan_ids(orders.orders) == [1, 2, 3]
    assert orders.snapshot_count(orders.orders) == 3


def test_we_open_and_write_what_pyiceberg_made(glue_cloud):
    database = f"d{glue_cloud.name}"
    catalog = glue_cloud.pyiceberg()
    catalog.create_namespace(database)
    catalog.create_table(f"{database}.theirs", schema=SCHEMA).append(ids(1))
    glue_cloud.route(glue_cloud.src_a, f"{database}.theirs", create=False)
    glue_cloud.load(put(glue_cloud, 2))
    assert glue_cloud.scan_ids(f"{database}.theirs") == [1, 2]


def test_a_table_as_glue_wants_it(orders):
    found = glue_table(orders, orders.orders)
    assert found["TableType"] == "EXTERNAL_TABLE"
    assert found["Parameters"]["table_type"].upper() == "ICEBERG"
    location = found["Parameters"]["metadata_location"]
    assert location == orders.table(orders.orders).metadata_location
    columns = found["StorageDescriptor"]["Columns"]
    assert [(column["Name"], column["Type"]) for column in columns] == [("id", "bigint")]


def test_glue_shows_the_columns_that_a_schema_change_brought(orders):
    """Until now Glue kept showing the columns that the table was made with."""
    orders.route(orders.src_a, orders.orders, schema="evolve")
    orders.load(orders.put(orders.src_a, "2.parquet", "SELECT 2::BIGINT AS id, 'two' AS name"))
    columns = glue_table(orders, orders.orders)["StorageDescriptor"]["Columns"]
    assert [(column["Name"], column["Type"]) for column in columns] == [
        ("id", "bigint"), ("name", "string")]  # fmt: skip
    assert columns[1]["Parameters"]["iceberg.field.current"] == "true"


def test_what_others_keep_with_the_table_stays(orders):
    found = glue_table(orders, orders.orders)
    allowed = ("Name", "Description", "Owner", "Retention", "StorageDescriptor", "PartitionKeys",
               "TableType", "Parameters")  # fmt: skip
    update = {name: found[name] for name in allowed if name in found}
    update["Parameters"] |= {"classification": "ours", "team": "a"}
    update["Description"] = "orders of all shops"
    update["StorageDescriptor"]["Columns"][0]["Comment"] = "the number"
    orders.client("glue").update_table(DatabaseName=orders.database, TableInput=update)
    orders.load(put(orders, 2))
    after = glue_table(orders, orders.orders)
    assert after["Parameters"]["classification"] == "ours" and after["Parameters"]["team"] == "a"
    assert after["Description"] == "orders of all shops"
    assert after["StorageDescriptor"]["Columns"][0].get("Comment") == "the number"
    assert after["Parameters"]["previous_metadata_location"] == \
        found["Parameters"]["metadata_location"]  # fmt: skip


def test_a_commit_is_by_version_and_keeps_no_archive(orders):
    glue = orders.through("glue")
    orders.load(put(orders, 2))
    [update] = [request for request in glue.requests if request.operation == "UpdateTable"]
    assert b'"VersionId"' in update.body and b'"SkipArchive":true' in update.body.replace(b" ", b"")


def test_a_conflict_is_rebuilt_on_what_the_other_wrote(orders):
    """moto takes a stale VersionId, so the conflict is made: the other's commit, then Glue's no."""
    glue = orders.through("glue")
    other = orders.table(orders.orders)
    rule = glue.on("UpdateTable", meanwhile(lambda: other.append(ids(2)),
                   then=answer(400, "ConcurrentModificationException")))  # fmt: skip
    orders.load(put(orders, 3))
    assert rule.seen == 2, "once refused, once more"
    assert orders.scan_ids(orders.orders) == [1, 2, 3]


@pytest.mark.parametrize("fault", [lose_answer, forward_then(500, "InternalServiceException")],
                         ids=["answer lost", "500 after it was done"])  # fmt: skip
def test_done_without_knowing_it_is_done_once(orders, fault):
    glue = orders.through("glue")
    glue.on("UpdateTable", fault)
    orders.load(put(orders, 2))
    assert orders.scan_ids(orders.orders) == [1, 2]
    assert orders.snapshot_count(orders.orders) == 2


def test_errors_of_the_server_are_tried_again(orders):
    glue = orders.through("glue")
    glue.on("GetTable", answer(500, "InternalServiceException"), times=2)
    glue.on("UpdateTable", answer(400, "ThrottlingException"), times=2)
    orders.load(put(orders, 2))
    assert orders.scan_ids(orders.orders) == [1, 2]


def test_access_denied_names_table_and_deed(orders):
    glue = orders.through("glue")
    glue.on("UpdateTable", answer(400, "AccessDeniedException"), times=None)
    told = orders.fails(put(orders, 2))
    assert "UpdateTable" in told and orders.orders in told, told
    assert orders.scan_ids(orders.orders) == [1]


def test_a_table_that_is_none_of_icebergs_is_refused(glue_cloud):
    database = f"d{glue_cloud.name}"
    glue = glue_cloud.client("glue")
    glue.create_database(DatabaseInput={"Name": database})
    glue.create_table(DatabaseName=database, TableInput={
        "Name": "hive", "TableType": "EXTERNAL_TABLE", "Parameters": {},
        "StorageDescriptor": {"Columns": [{"Name": "id", "Type": "bigint"}]},
    })  # fmt: skip
    glue_cloud.route(glue_cloud.src_a, f"{database}.hive")
    told = glue_cloud.fails(put(glue_cloud, 1))
    assert f"{database}.hive" in told and "Iceberg" in told, told


def test_a_missing_table_without_create_is_an_error(glue_cloud):
    glue_cloud.route(glue_cloud.src_a, "nosuch.table", create=False)
    told = glue_cloud.fails(put(glue_cloud, 1))
    assert "nosuch.table" in told, told
