"""Reconcile and backfill by an S3 Inventory in place of a listing.

The inventories are made here as AWS documents them ("Locating your inventory list", "Cataloging and
analyzing your data with S3 Inventory"), from what boto3 lists."""

import datetime
import gzip
import hashlib
import io
import json
import time
import urllib.parse

import duckdb
import pytest

CSV = "SELECT * FROM read_csv('{s3_input_path}')"
FIELDS = ["Bucket", "Key", "VersionId", "IsLatest", "IsDeleteMarker", "Size", "LastModifiedDate",
          "ETag", "StorageClass"]  # fmt: skip
SNAKE = {"VersionId": "version_id", "IsLatest": "is_latest", "IsDeleteMarker": "is_delete_marker",
         "LastModifiedDate": "last_modified_date", "ETag": "e_tag",
         "StorageClass": "storage_class"}  # fmt: skip
PARQUET = {"Bucket": "required binary bucket (UTF8)", "Key": "required binary key (UTF8)",
           "VersionId": "optional binary version_id (UTF8)",
           "IsLatest": "optional boolean is_latest",
           "IsDeleteMarker": "optional boolean is_delete_marker", "Size": "optional int64 size",
           "LastModifiedDate": "optional int64 last_modified_date (TIMESTAMP_MILLIS)",
           "ETag": "optional binary e_tag (UTF8)",
           "StorageClass": "optional binary storage_class (UTF8)"}  # fmt: skip
ODD_KEYS = ["a+b.csv", "a b.csv", "a%2Bb.csv", "a%20b.csv", "it's \"q\",x.csv", "ü☃/line\n.csv",
            "x/y.csv", "x/+.csv"]  # fmt: skip


@pytest.fixture
def lake(cloud):
    return cloud.route(cloud.src_a, "bronze.a", CSV)


def put(lake, key: str, number: int):
    return lake.put_bytes(lake.src_a, key, f"id\n{number}\n".encode())


def listed(lake) -> list[dict]:
    """What lies there, as boto3 tells it, in an order of nobody's."""
    objects = lake.client("s3").list_objects_v2(Bucket=lake.src_a).get("Contents", [])
    return [{"Bucket": lake.src_a, "Key": one["Key"], "VersionId": "", "IsLatest": True,
             "IsDeleteMarker": False, "Size": one["Size"], "LastModifiedDate": one["LastModified"],
             "ETag": one["ETag"].strip('"'), "StorageClass": "STANDARD"}
            for one in sorted(objects, key=lambda one: one["ETag"])]  # fmt: skip


def csv_file(rows: list[dict], fields: list[str]) -> bytes:
    def text(field: str, value) -> str:
        if field == "Key":
            value = urllib.parse.quote_plus(value, safe="/")
        elif isinstance(value, bool):
            value = str(value).lower()
        elif isinstance(value, datetime.datetime):
            value = value.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        return '"' + str(value).replace('"', '""') + '"'

    lines = [",".join(text(field, row[field]) for field in fields) + "\n" for row in rows]
    return gzip.compress("".join(lines).encode())


def parquet_file(rows: list[dict], fields: list[str], folder) -> bytes:
    names = [SNAKE.get(field, field.lower()) for field in fields]
    path = folder / "inventory.parquet"
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        types = {"IsLatest": "BOOLEAN", "IsDeleteMarker": "BOOLEAN", "Size": "BIGINT",
                 "LastModifiedDate": "TIMESTAMP_MS"}  # fmt: skip
        columns = ", ".join(f"{name} {types.get(field, 'VARCHAR')}"
                            for name, field in zip(names, fields))  # fmt: skip
        connection.execute(f"CREATE TABLE inventory ({columns})")
        for row in rows:
            values = [row[field].replace(tzinfo=None) if field == "LastModifiedDate" else row[field]
                      for field in fields]  # fmt: skip
            marks = ", ".join("?" * len(fields))
            connection.execute(f"INSERT INTO inventory VALUES ({marks})", values)
        connection.execute(f"COPY inventory TO '{path}' (FORMAT parquet)")
    return path.read_bytes()


def publish(lake, files: list[bytes], fields: list[str] = FIELDS, file_format: str = "CSV",
            created: float | None = None, **changed) -> str:  # fmt: skip
    """Puts the files and their manifest into src_b; gives the manifest's URI."""
    entries = []
    for number, content in enumerate(files):
        ending = "csv.gz" if file_format == "CSV" else "parquet"
        key = f"inv/{lake.src_a}/all/data/{number}.{ending}"
        lake.put_bytes(lake.src_b, key, content)
        entries.append({"key": key, "size": len(content),
                        "MD5checksum": hashlib.md5(content).hexdigest()})  # fmt: skip
    schema = ", ".join(fields)
    if file_format == "Parquet":
        schema = "message s3.inventory {  " + ";  ".join(PARQUET[one] for one in fields) + ";}"
    manifest = {"sourceBucket": lake.src_a, "destinationBucket": f"arn:aws:s3:::{lake.src_b}",
                "version": "2016-11-30",
                "creationTimestamp": str(int((created or time.time()) * 1000)),
                "fileFormat": file_format, "fileSchema": schema, "files": entries}  # fmt: skip
    key = f"inv/{lake.src_a}/all/2026-11-30T01-00Z/manifest.json"
    lake.put_bytes(lake.src_b, key, json.dumps(manifest | changed).encode())
    return f"s3://{lake.src_b}/{key}"


def made(lake, rows: list[dict], file_format: str, tmp_path, fields: list[str] = FIELDS,
         **more) -> str:  # fmt: skip
    """An inventory of two files."""
    half = len(rows) // 2
    make = csv_file if file_format == "CSV" else lambda r, f: parquet_file(r, f, tmp_path)
    return publish(lake, [make(rows[:half], fields), make(rows[half:], fields)], fields,
                   file_format, **more)  # fmt: skip


def found(outcome) -> dict[str, int]:
    line = next(line["found"] for line in outcome.lines if "found" in line)
    return {key: count for key, count in line.items() if count}


def reconcile(lake, manifest: str, *more: str):
    return lake.eider("reconcile", f"s3://{lake.src_a}/", "--inventory", manifest, "--json", *more)


@pytest.mark.parametrize("file_format", ["CSV", "Parquet"])
def test_what_it_names_is_loaded_once_whatever_the_keys(lake, tmp_path, file_format):
    for number, key in enumerate(ODD_KEYS):
        put(lake, key, number)
    manifest = made(lake, listed(lake), file_format, tmp_path)
    looked = reconcile(lake, manifest, "--dry-run")
    assert looked.exit_code == 1, looked.stderr
    assert found(looked) == {"files": len(ODD_KEYS), "missing": len(ODD_KEYS)}
    done = reconcile(lake, manifest)
    assert done.summary["loaded"] == len(ODD_KEYS), done.stderr
    assert {line["file"] for line in done.files} == {f"s3://{lake.src_a}/{key}" for key in ODD_KEYS}
    assert lake.scan_ids("bronze.a") == list(range(len(ODD_KEYS)))
    again = reconcile(lake, manifest)
    assert (again.exit_code, found(again)) == (0, {"files": 8, "loaded": 8})
    by_listing = lake.eider("reconcile", f"s3://{lake.src_a}/", "--dry-run", "--json")
    assert found(by_listing) == {"files": 8, "loaded": 8}


@pytest.mark.parametrize("file_format", ["CSV", "Parquet"])
def test_markers_and_versions_of_before_are_passed_over(lake, tmp_path, file_format):
    put(lake, "1.csv", 1)
    (row,) = listed(lake)
    rows = [row | {"VersionId": "null"},
            row | {"ETag": "0" * 32, "VersionId": "old", "IsLatest": False},
            row | {"Key": "2.csv", "IsDeleteMarker": True, "ETag": "", "Size": 0},
            row | {"Key": "3.csv", "IsLatest": False}]  # fmt: skip
    assert found(reconcile(lake, made(lake, rows, file_format, tmp_path), "--dry-run")) == {
        "files": 1, "missing": 1}  # fmt: skip


def test_a_prefix_and_times_narrow_it(lake, tmp_path):
    for number, key in enumerate(["a/1.csv", "a/2.csv", "ab/3.csv", "b.csv"]):
        put(lake, key, number)
    rows = listed(lake)
    for row in rows:
        if row["Key"] == "a/1.csv":
            row["LastModifiedDate"] -= datetime.timedelta(days=9)
    manifest = made(lake, rows, "CSV", tmp_path)

    def count(prefix: str, *more: str) -> int:
        outcome = lake.eider("reconcile", f"s3://{lake.src_a}/{prefix}", "--inventory", manifest,
                             "--dry-run", "--json", *more)  # fmt: skip
        return found(outcome).get("files", 0)

    assert [count("a/"), count("a"), count(""), count("none/")] == [2, 3, 4, 0]
    assert count("", "--since", "2d") == 3
    fields = [field for field in FIELDS if field != "LastModifiedDate"]
    without = made(lake, rows, "CSV", tmp_path, fields)
    refused = reconcile(lake, without, "--since", "2d", "--dry-run")
    assert refused.exit_code == 2 and "LastModifiedDate" in refused.stderr
    assert found(reconcile(lake, without, "--dry-run"))["files"] == 4


def test_backfill_takes_it_too_the_oldest_first(lake, tmp_path):
    for number in range(6):
        put(lake, f"{number}.csv", number)
    rows = listed(lake)
    for row in rows:
        row["LastModifiedDate"] -= datetime.timedelta(days=int(row["Key"][0]))
    manifest = made(lake, rows, "Parquet", tmp_path)
    done = lake.eider("backfill", f"s3://{lake.src_a}/", "--inventory", manifest, "--json",
                      "--order", "time")  # fmt: skip
    assert done.summary["loaded"] == 6, done.stderr
    assert lake.scan_ids("bronze.a") == list(range(6))


def test_what_came_after_it_is_not_gone(lake, tmp_path):
    put(lake, "1.csv", 1)
    put(lake, "2.csv", 2)
    lake.load(f"s3://{lake.src_a}/")
    rows = [row for row in listed(lake) if row["Key"] == "1.csv"]
    later = made(lake, rows, "CSV", tmp_path, created=time.time() + 60)
    assert found(reconcile(lake, later, "--dry-run")) == {"files": 1, "loaded": 1, "gone": 1}
    before = made(lake, rows, "CSV", tmp_path, created=time.time() - 3600)
    assert found(reconcile(lake, before, "--dry-run")) == {"files": 1, "loaded": 1}


def test_without_versions_the_store_is_asked_for_what_is_missing(lake, tmp_path):
    s3 = lake.client("s3")
    put(lake, "1.csv", 1)
    put(lake, "gone.csv", 2)
    fields = [field for field in FIELDS if field != "VersionId"]
    manifest = made(lake, listed(lake), "CSV", tmp_path, fields)
    s3.delete_object(Bucket=lake.src_a, Key="gone.csv")
    proxy = lake.through("s3")
    done = reconcile(lake, manifest)
    assert done.summary["loaded"] == 1 and len(done.files) == 1
    assert proxy.count()["HeadObject"] >= 2, "each file that is missing is asked for"
    by_listing = lake.eider("reconcile", f"s3://{lake.src_a}/", "--dry-run", "--json")
    assert found(by_listing) == {"files": 1, "loaded": 1}


def test_what_is_no_such_inventory_is_told(lake, tmp_path):
    put(lake, "1.csv", 1)
    content = csv_file(listed(lake), FIELDS)

    def refusal(manifest: str, uri: str | None = None) -> str:
        outcome = lake.eider("reconcile", uri or f"s3://{lake.src_a}/", "--inventory", manifest,
                             "--dry-run")  # fmt: skip
        assert outcome.exit_code == 2, outcome.stdout
        return outcome.stderr

    orc = publish(lake, [content], file_format="ORC")
    assert "in the format orc, which cannot be read" in refusal(orc)
    assert "lacks the field ETag" in refusal(
        publish(lake, [csv_file(listed(lake), FIELDS[:6])], FIELDS[:6]))
    good = publish(lake, [content])
    lake.put_bytes(lake.src_b, f"inv/{lake.src_a}/all/data/0.csv.gz", content + b"x")
    assert "it is not the file of this inventory, or is damaged" in refusal(good)
    assert f"the inventory is of bucket '{lake.src_a}'" in refusal(
        publish(lake, [content]), f"s3://{lake.src_b}/")
    lake.put_bytes(lake.src_b, "x.json", b"{}")
    assert "no manifest.json of an S3 Inventory" in refusal(f"s3://{lake.src_b}/x.json")
    assert "none.json" in refusal(f"s3://{lake.src_b}/none.json")
    torn = io.BytesIO(gzip.compress(b'"src","only two"\n')).getvalue()
    assert "the inventory's files" in refusal(publish(lake, [torn]))


def test_an_inventory_of_an_empty_bucket_is_empty(lake):
    outcome = reconcile(lake, publish(lake, []))
    assert (outcome.exit_code, found(outcome)) == (0, {})
