"""`after_load` and `after_failure`: what becomes of a file's object, only when its end is certain,
and only where it is what was loaded."""

import json
import sqlite3

import pytest
from hook import Hook
from worker import Worker, wait_until

ROWS = "SELECT i AS id, {0} AS file FROM range({1}) t(i)"


@pytest.fixture
def lake(make_lake):
    return make_lake()


def archive(lake):
    return lake.folder / "archive"


def afterwards(lake) -> dict[str, str | None]:
    """What the history says was done, by the file's name."""
    return {line["file"].rsplit("/", 1)[-1]: line["afterwards"] for line in lake.history()}


def errands(lake) -> list[str]:
    with sqlite3.connect(lake.ledger_path) as ledger:
        return [row[0] for row in ledger.execute("SELECT errands FROM file_loads") if row[0]]


def test_a_loaded_file_is_moved_and_the_history_says_where(lake):
    lake.route("src-a", "bronze.a", after_load=f"move file://{archive(lake)}/")
    lake.put("src-a", "in/1.parquet", ROWS.format(1, 10))
    lake.load("s3://src-a/in/1.parquet")
    assert not lake.path("src-a", "in/1.parquet").exists()
    assert (archive(lake) / "in/1.parquet").exists()
    assert afterwards(lake) == {"1.parquet": f"moved to file://{archive(lake)}/in/1.parquet"}
    assert "moved to" in lake.eider("history").stdout
    assert errands(lake) == []
    report = lake.eider("reconcile", "s3://src-a/", "--dry-run")
    assert report.exit_code == 0 and "gone" not in report.stdout, report.stdout


def test_a_loaded_file_is_copied_or_deleted_or_left(lake):
    lake.route("src-a", "bronze.a", after_load=f"copy file://{archive(lake)}/")
    lake.route("src-b", "bronze.b", after_load="delete")
    lake.put("src-a", "1.parquet", ROWS.format(1, 10))
    lake.put("src-b", "2.parquet", ROWS.format(2, 10))
    lake.put_bytes("src-b", "bad.parquet", b"no Parquet at all")
    lake.run("s3://src-a/", "s3://src-b/")
    assert lake.path("src-a", "1.parquet").exists() and (archive(lake) / "1.parquet").exists()
    assert not lake.path("src-b", "2.parquet").exists()
    assert lake.path("src-b", "bad.parquet").exists(), "a file that failed is not touched"
    assert afterwards(lake) == {"1.parquet": f"copied to file://{archive(lake)}/1.parquet",
                                "2.parquet": "deleted", "bad.parquet": None}  # fmt: skip


def test_a_poison_file_goes_to_the_quarantine_and_is_not_asked_for_again(lake):
    lake.route("src-a", "bronze.a", after_failure=f"move file://{archive(lake)}/")
    with Worker(lake, "--watch", lake.buckets["src-a"]) as worker:
        lake.put_bytes("src-a", "bad.parquet", b"no Parquet at all")
        worker.await_states("bad.parquet", "FAILED")
        wait_until(lambda: (archive(lake) / "bad.parquet").exists())
        lake.put("src-a", "good.parquet", ROWS.format(1, 10))
        worker.await_states("good.parquet", "LOADED")
        assert worker.stop() == 0
    assert lake.path("src-a", "good.parquet").exists()
    assert not lake.path("src-a", "bad.parquet").exists()
    line = next(line for line in lake.history() if line["file"].endswith("bad.parquet"))
    assert line["state"] == "FAILED" and line["attempts"] == 1
    assert line["afterwards"] == f"moved to file://{archive(lake)}/bad.parquet"


def test_a_file_that_another_attempt_may_load_stays_where_it_is(lake):
    """A query that took too long is nothing that is wrong with the file."""
    lake.route("src-a", "bronze.a", after_failure="delete", engine={"timeout_ms": 1},
               sql="SELECT count(*) AS n FROM '{s3_input_path}', range(99999999999)")  # fmt: skip
    lake.put("src-a", "1.parquet", ROWS.format(1, 10))
    outcome = lake.run("s3://src-a/1.parquet")
    assert outcome.file("1.parquet")["code"] == "deadline_exceeded"
    assert lake.path("src-a", "1.parquet").exists() and errands(lake) == []


def test_a_name_that_is_taken_keeps_what_has_it(lake):
    lake.route("src-a", "bronze.a", after_load=f"move file://{archive(lake)}/")
    for number in (1, 2):
        lake.put("src-a", "daily.parquet", ROWS.format(number, 10))
        lake.load("s3://src-a/daily.parquet")
    names = sorted(path.name for path in archive(lake).iterdir())
    assert len(names) == 2 and names[0] == "daily.parquet"
    assert names[1].startswith("daily.parquet.")


def test_files_of_folders_have_no_tags_and_the_history_says_so(lake):
    lake.route("src-a", "bronze.a", after_load="tag")
    lake.put("src-a", "1.parquet", ROWS.format(1, 10))
    lake.load("s3://src-a/1.parquet")
    assert "files in folders have no tags" in afterwards(lake)["1.parquet"]


def test_what_a_process_left_that_died_is_done_by_the_next_worker(lake):
    lake.route("src-a", "bronze.a")
    lake.put("src-a", "1.parquet", ROWS.format(1, 10))
    lake.load("s3://src-a/1.parquet")
    errand = json.dumps({"claim": "c", "object": f"move file://{archive(lake)}/"})
    with sqlite3.connect(lake.ledger_path) as ledger:
        ledger.execute("UPDATE file_loads SET errands = ?", [errand])
    with Worker(lake, "--watch", lake.buckets["src-b"]) as worker:
        wait_until(lambda: not errands(lake), worker.stderr)
        worker.stop()
    assert (archive(lake) / "1.parquet").exists()
    assert afterwards(lake)["1.parquet"].startswith("moved to")


def test_a_file_that_was_replaced_since_stays_and_the_history_says_so(lake):
    lake.route("src-a", "bronze.a")
    lake.put("src-a", "1.parquet", ROWS.format(1, 10))
    lake.load("s3://src-a/1.parquet")
    with sqlite3.connect(lake.ledger_path) as ledger:
        ledger.execute("UPDATE file_loads SET errands = ?", ['{"claim": "c", "object": "delete"}'])
    lake.put("src-a", "1.parquet", ROWS.format(2, 10))
    with Worker(lake, "--watch", lake.buckets["src-b"]) as worker:
        wait_until(lambda: not errands(lake), worker.stderr)
        worker.stop()
    assert lake.path("src-a", "1.parquet").exists()
    assert afterwards(lake) == {"1.parquet": "left as it is: it was replaced since"}


def test_what_lies_where_its_own_route_puts_files_is_not_loaded_again(lake):
    lake.route("*", "bronze.all", after_load=f"move file://{lake.buckets['src-a']}/done/")
    lake.put("src-a", "1.parquet", ROWS.format(1, 10))
    outcome = lake.run("s3://src-a/")
    assert outcome.summary["loaded"] == 1
    lake.route("*", "bronze.all", after_load="move s3://src-a/done/")
    outcome = lake.run("s3://src-a/")
    assert outcome.summary["loaded"] == 0 and outcome.summary["skipped"] == 1, outcome.files
    assert lake.scan_ids("bronze.all") == list(range(10))


def test_a_folder_below_its_own_bucket_is_its_own_by_its_path_too(lake):
    """Else a worker that watches the bucket's folder would load and move the file for ever."""
    folder = lake.buckets["src-a"]
    lake.route("src-*", "bronze.t", after_load=f"move file://{folder}/done/")
    lake.put("src-a", "1.parquet", "SELECT 1 AS id")
    lake.load("s3://src-a/")
    moved = [path for path in folder.rglob("*.parquet")]
    assert len(moved) == 1 and folder / "done" in moved[0].parents
    lake.run("s3://src-a/")
    assert [path for path in folder.rglob("*.parquet")] == moved
    assert lake.scan_ids("bronze.t") == [1]
    assert sorted(row["state"] for row in lake.history()) == ["LOADED", "SKIPPED"]


def test_a_route_that_would_get_its_own_files_again_is_refused(lake):
    lake.route("src-a", "bronze.a", after_load="move s3://src-a/done/")
    check = lake.eider("routes", "check")
    assert check.exit_code == 1 and "they would be its again" in check.stdout + check.stderr
    lake.route("src-a", "bronze.a", after_load="archive")
    check = lake.eider("routes", "check")
    assert "tag, delete, move PREFIX or copy PREFIX" in check.stdout + check.stderr


def test_it_is_told_and_moved(lake):
    with Hook() as hook:
        lake.set(EIDER_NOTIFY=hook.url)
        lake.route("src-a", "bronze.a", after_load=f"move file://{archive(lake)}/")
        lake.put("src-a", "1.parquet", ROWS.format(1, 10))
        lake.load("s3://src-a/1.parquet")
        hook.await_types("loaded")
    assert (archive(lake) / "1.parquet").exists() and errands(lake) == []


# -- on S3 -----------------------------------------------------------------------------------------


def cloud_afterwards(cloud) -> dict[str, str]:
    lines = cloud.eider("history", "--json").lines
    return {line["file"].rsplit("/", 1)[-1]: line["afterwards"] for line in lines}


def keys(cloud, bucket: str) -> list[str]:
    listed = cloud.client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])
    return [item["Key"] for item in listed]


def test_on_s3_objects_are_moved_copied_deleted_and_tagged(make_cloud):
    cloud = make_cloud()
    shelf = cloud.bucket("shelf")
    deeds = {"m": f"move s3://{shelf}/moved", "c": f"copy s3://{shelf}/copied/", "d": "delete",
             "t": "tag"}  # fmt: skip
    cloud.configure(EIDER_ROUTING_STRATEGIES="folder:0")
    for folder, deed in deeds.items():
        cloud.route(folder, f"bronze.{folder}", after_load=deed)
        cloud.put(cloud.src_a, f"{folder}/{folder} ñ+1.parquet", ROWS.format(1, 10),
                  tags={"team": "blue"})  # fmt: skip
    outcome = cloud.run(f"s3://{cloud.src_a}/")
    assert outcome.summary["loaded"] == 4, outcome.stderr
    assert sorted(keys(cloud, cloud.src_a)) == ["c/c ñ+1.parquet", "t/t ñ+1.parquet"]
    assert sorted(keys(cloud, shelf)) == ["copied/c/c ñ+1.parquet", "moved/m/m ñ+1.parquet"]
    tags = cloud.client("s3").get_object_tagging(Bucket=cloud.src_a, Key="t/t ñ+1.parquet")
    assert {tag["Key"]: tag["Value"] for tag in tags["TagSet"]} == {"team": "blue",
                                                                    "eider": "loaded"}  # fmt: skip
    assert cloud_afterwards(cloud) == {
        "m ñ+1.parquet": f"moved to s3://{shelf}/moved/m/m ñ+1.parquet",
        "c ñ+1.parquet": f"copied to s3://{shelf}/copied/c/c ñ+1.parquet",
        "d ñ+1.parquet": "deleted", "t ñ+1.parquet": "tagged eider=loaded"}  # fmt: skip
