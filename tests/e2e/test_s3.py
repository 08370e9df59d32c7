"""Objects on S3 through `eider run`: names, listings, sizes, and nothing half-written."""

import random

import pytest

from fault_proxy import answer
from lake import SELECT_ALL
from readers import arrow_rows

MIB = 1 << 20
NOISE = "SELECT range AS id, random() AS a, random() AS b, random() AS c FROM range({})"


def test_a_bucket_and_another_have_their_tables(cloud):
    cloud.route(cloud.src_a, "bronze.orders").route(cloud.src_b, "silver.other")
    cloud.load(cloud.put(cloud.src_a, "x/a.parquet", "SELECT 1 AS id"),
               cloud.put(cloud.src_b, "y.parquet", "SELECT 2 AS id"))  # fmt: skip
    assert cloud.scan_ids("bronze.orders") == [1] and cloud.scan_ids("silver.other") == [2]


def test_a_prefix_is_all_below_it(cloud):
    """More than one page of a listing is asked for, and the sibling prefix is not meant."""
    cloud.route(cloud.src_a, "bronze.many", "SELECT count(*) AS id FROM '{s3_input_path}'")
    made = cloud.put(cloud.src_a, "in/0000.parquet", "SELECT 7 AS id")
    body = cloud.client("s3").get_object(Bucket=made.bucket, Key=made.key)["Body"].read()
    for number in range(1, 30):
        cloud.put_bytes(cloud.src_a, f"in/sub folder/{number:04}.parquet", body)
    cloud.put_bytes(cloud.src_a, "inside.parquet", body)
    outcome = cloud.load(f"s3://{cloud.src_a}/in/")
    assert outcome.summary == {"loaded": 30, "skipped": 0, "failed": 0, "held": 0}
    assert cloud.scan_ids("bronze.many") == [1] * 30
    assert cloud.run(f"s3://{cloud.src_a}/in/").summary["skipped"] == 30


@pytest.mark.parametrize("key", ["it's.parquet", "a+b c%20.parquet", "[x]*?{y}.parquet",
                                 "ü ☃/☃.parquet"])  # fmt: skip
def test_keys_mean_themselves(cloud, key):
    cloud.route(cloud.src_a, "bronze.keys", "SELECT id, filename FROM"
                " read_parquet('{s3_input_path}', filename = true)")  # fmt: skip
    item = cloud.put(cloud.src_a, key, "SELECT 1 AS id")
    cloud.put(cloud.src_a, "x.parquet", "SELECT 2 AS id")
    cloud.load(item)
    assert arrow_rows(cloud.table("bronze.keys").scan().to_arrow()) == [[1, item.uri]]


def test_csv_and_json_are_known_by_their_names(cloud):
    cloud.route(cloud.src_a, "bronze.text", "SELECT id::BIGINT AS id FROM '{s3_input_path}'")
    cloud.load(cloud.put(cloud.src_a, "a.csv.gz", "SELECT 1 AS id",
                         "FORMAT csv, HEADER, COMPRESSION gzip"),
               cloud.put(cloud.src_a, "b.json", "SELECT 2 AS id", "FORMAT json"))  # fmt: skip
    assert cloud.scan_ids("bronze.text") == [1, 2]


@pytest.mark.parametrize("rows", [1, 2_000_000], ids=["small", "large"])
def test_large_files_go_in_parts_both_ways(cloud, rows):
    """48 MB without a pattern: neither side has it in one request, and every row arrives."""
    cloud.route(cloud.src_a, "bronze.noise")
    item = cloud.put(cloud.src_a, "noise.parquet", NOISE.format(rows))
    s3 = cloud.through("s3")
    cloud.load(item)
    table = cloud.table("bronze.noise").scan().to_arrow()
    assert table.num_rows == rows and sorted(table["id"].to_pylist()) == list(range(rows))
    count = s3.count()
    reads = [request for request in s3.requests if request.operation == "GetObject"
             and request.path.endswith("noise.parquet")]  # fmt: skip
    if rows > 1:
        assert item.size > 40 * MIB and len(reads) > 1
        assert all("range" in request.headers for request in reads)
        assert count["CreateMultipartUpload"] == count["CompleteMultipartUpload"] > 0
        assert count["UploadPart"] > 2
    assert count["AbortMultipartUpload"] == 0 and cloud.open_uploads() == []


def test_a_file_that_fails_late_leaves_nothing(cloud):
    """The query breaks after 40 MB of its result: no object, no upload that stays open."""
    cloud.route(cloud.src_a, "bronze.noise",
                "SELECT *, CASE WHEN id = 2900000 THEN error('late')::INTEGER END AS d"
                " FROM read_parquet('{s3_input_path}')")  # fmt: skip
    item = cloud.put(cloud.src_a, "noise.parquet", NOISE.format(3_000_000))
    told = cloud.fails(item)
    assert "late" in told and "noise.parquet" in told, told
    assert cloud.warehouse_keys(".parquet") == [] and cloud.open_uploads() == []


def test_an_upload_that_cannot_end_is_aborted(cloud):
    cloud.route(cloud.src_a, "bronze.noise")
    item = cloud.put(cloud.src_a, "noise.parquet", NOISE.format(2_000_000))
    s3 = cloud.through("s3")
    s3.on("UploadPart", answer(403, "AccessDenied"), skip=1, times=None)
    told = cloud.fails(item)
    assert "403" in told or "denied" in told.lower(), told
    assert s3.count()["AbortMultipartUpload"] >= 1 and cloud.open_uploads() == []
    assert cloud.warehouse_keys(".parquet") == []


def test_no_rows_no_commit(cloud):
    cloud.route(cloud.src_a, "bronze.none", SELECT_ALL + " WHERE false")
    cloud.load(cloud.put(cloud.src_a, "a.parquet", "SELECT 1 AS id"))
    assert cloud.warehouse_keys("/data/") == []


def test_metadata_is_never_written_over(cloud):
    """Every metadata file is put with If-None-Match, so that a lost race cannot replace one."""
    cloud.route(cloud.src_a, "bronze.orders")
    s3 = cloud.through("s3")
    cloud.load(cloud.put(cloud.src_a, "a.parquet", "SELECT 1 AS id"))
    puts = [request for request in s3.requests if request.path.endswith(".metadata.json")
            and request.operation == "PutObject"]  # fmt: skip
    assert puts and all(request.headers.get("if-none-match") == "*" for request in puts)


def test_random_bytes_are_a_clear_error(cloud):
    cloud.route(cloud.src_a, "bronze.bad")
    noise = random.Random(4).randbytes(100_000)
    told = cloud.fails(cloud.put_bytes(cloud.src_a, "bad.parquet", noise))
    assert "bad.parquet" in told, told
