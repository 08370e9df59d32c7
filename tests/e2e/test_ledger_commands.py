"""The commands of a day's work with the ledger: status, redrive, forget, reconcile, backfill."""

import json
import os

import pytest

CSV = "SELECT * FROM read_csv('{s3_input_path}')"


@pytest.fixture
def lake(lake):
    return lake.route("src-a", "bronze.a", CSV, types={"id": "int"}).route("src-b", "bronze.b", CSV)


def put(lake, key: str, *ids: object, bucket: str = "src-a") -> str:
    text = "id\n" + "".join(f"{one}\n" for one in ids)
    return lake.put_bytes(bucket, key, text.encode())


def ids(lake, table: str = "bronze.a") -> list[int]:
    return sorted(lake.pyiceberg().load_table(table).scan().to_arrow()["id"].to_pylist())


def test_history_is_filtered_and_paged(lake):
    lake.run(put(lake, "good.csv", 1), put(lake, "wrong.csv", "x"),
             put(lake, "b.csv", 2, bucket="src-b"))  # fmt: skip

    def files(*arguments) -> list[str]:
        lines = lake.eider("history", "--json", *arguments).lines
        return sorted(line["file"].rsplit("/", 1)[1] for line in lines)

    assert files("--route", "src-a") == ["good.csv", "wrong.csv"]
    assert files("--code", "corrupt") + files("--code", "invalid") == ["wrong.csv"]
    assert files("--text", "LINE 2") == ["wrong.csv"]
    assert files("--since", "1h") == ["b.csv", "good.csv", "wrong.csv"]
    assert files("--until", "1h") == []
    assert files("--limit", "2") + files("--limit", "2", "--skip", "2") != files("--limit", "2")
    assert sorted(files("--limit", "2") + files("--limit", "2", "--skip", "2")) == files()
    outcome = lake.eider("history", "--since", "yesterday")
    assert outcome.exit_code == 2
    assert "--since: must be a time" in outcome.stderr


def test_status_counts_by_route_and_table(lake):
    lake.run(put(lake, "1.csv", 1, 2), put(lake, "2.csv", 3), put(lake, "wrong.csv", "x"),
             put(lake, "b.csv", 4, bucket="src-b"))  # fmt: skip
    lines = lake.eider("status", "--json").lines
    by_route = {line["route"]: line for line in lines[:-1] if line["loaded"]}
    assert by_route["src-a"]["loaded"] == 2
    assert by_route["src-a"]["rows"] == 3
    assert by_route["src-b"]["loaded_in_5_minutes"] == 1
    summary = lines[-1]["summary"]
    assert (summary["loaded"], summary["failed"], summary["waiting"]) == (3, 1, 0)
    text = lake.eider("status")
    assert text.exit_code == 0
    assert "bronze.a" in text.stdout
    assert "ledger knows no file" not in text.stdout


def test_status_of_a_new_ledger(lake):
    assert lake.eider("status").stdout == "the ledger knows no file yet\n"


def test_redrive_loads_again_what_failed_and_fits(lake):
    uris = [put(lake, f"{number}.csv", "x") for number in range(3)]
    lake.run(*uris, put(lake, "good.csv", 7))
    lake.route("src-a", "bronze.a", "SELECT length(id) AS id FROM read_csv('{s3_input_path}')",
               types={"id": "varchar"})  # fmt: skip
    listed = lake.eider("redrive", "--dry-run", "--json", "--uri-prefix", "s3://src-a/1")
    assert [line["file"] for line in listed.files] == [uris[1]]
    assert listed.summary == {"would_redrive": 1}
    done = lake.eider("redrive", "--json", "--uri-prefix", "s3://src-a/1")
    assert done.states() == {uris[1]: "LOADED"}
    assert lake.eider("redrive", "--json").summary["loaded"] == 2
    assert ids(lake) == [1, 1, 1, 7]
    assert lake.eider("redrive").stdout == "0 files failed and fit\n"


def test_redrive_may_be_left_to_the_workers(lake):
    put(lake, "wrong.csv", "x")
    lake.run("s3://src-a/")
    assert lake.eider("redrive", "--announce", "--json").summary == {"announced": 1}
    assert lake.eider("history", "--state", "waiting", "--json").lines[0]["code"] is not None


def test_forget_lets_a_file_be_loaded_again(lake):
    uri = put(lake, "a.csv", 1)
    lake.run(uri)
    assert lake.run(uri).states() == {uri: "SKIPPED"}
    asked = lake.eider("forget", uri)
    assert asked.exit_code == 2  # nobody can be asked
    done = lake.eider("forget", uri, "--yes", "--json")
    assert done.lines[-1] == {"summary": {"forgotten": 1}}
    assert lake.run(uri).states() == {uri: "LOADED"}
    assert ids(lake) == [1, 1]
    unknown = lake.eider("forget", "s3://src-a/none.csv", "--yes")
    assert unknown.exit_code == 2
    assert "the ledger knows no file s3://src-a/none.csv" in unknown.stderr


def found(outcome) -> dict[str, int]:
    line = next(line["found"] for line in outcome.lines if "found" in line)
    return {key: count for key, count in line.items() if count}


def test_reconcile_proves_and_completes(lake, tmp_path):
    put(lake, "in.csv", 1)
    put(lake, "changed.csv", 2)
    put(lake, "gone.csv", 3)
    put(lake, "wrong.csv", "x")
    lake.run("s3://src-a/")
    put(lake, "changed.csv", 4, 5)
    lake.path("src-a", "gone.csv").unlink()
    put(lake, "odd name +%20'*.csv", 6)
    put(lake, "odd name  %20'*.csv", 7)
    report = tmp_path / "report.jsonl"
    looked = lake.eider("reconcile", "s3://src-a/", "--dry-run", "--json", "--report", str(report))
    assert looked.exit_code == 1
    assert found(looked) == {"files": 5, "loaded": 1, "missing": 2, "changed": 1, "failed": 1,
                             "gone": 1}  # fmt: skip
    lines = [json.loads(line) for line in report.read_text().splitlines()]
    assert {line["file"].rsplit("/", 1)[1]: line["standing"] for line in lines} == {
        "changed.csv": "changed", "gone.csv": "gone", "wrong.csv": "failed",
        "odd name +%20'*.csv": "missing", "odd name  %20'*.csv": "missing"}  # fmt: skip
    done = lake.eider("reconcile", "s3://src-a/", "--json")
    assert done.exit_code == 1  # one failed before
    assert done.summary["loaded"] == 3
    assert ids(lake) == [1, 2, 3, 4, 5, 6, 7]
    put(lake, "wrong.csv", 8)
    done = lake.eider("reconcile", str(lake.buckets["src-a"]), "--json")
    assert (done.exit_code, done.summary["loaded"]) == (0, 1)
    assert found(lake.eider("reconcile", "s3://src-a/", "--json")) == {
        "files": 5, "loaded": 5, "gone": 1}  # fmt: skip


def test_reconcile_since_looks_at_what_was_changed_lately(lake):
    put(lake, "old.csv", 1)
    put(lake, "new.csv", 2)
    os.utime(lake.path("src-a", "old.csv"), (1_000_000_000, 1_000_000_000))
    done = lake.eider("reconcile", "s3://src-a/", "--since", "1d", "--json")
    assert found(done) == {"files": 1, "missing": 1}
    assert ids(lake) == [2]


def test_reconcile_announces_for_workers(lake):
    put(lake, "a.csv", 1)
    done = lake.eider("reconcile", "s3://src-a/", "--announce", "--json")
    assert done.summary == {"announced": 1}
    assert [line["state"] for line in lake.eider("history", "--json").lines] == ["WAITING"]


@pytest.mark.parametrize("order", ["key", "time"])
def test_backfill_may_be_stopped_and_started_again(lake, order):
    for number in range(200):
        put(lake, f"{number:03}.csv", number)
        moment = 1_700_000_000 - number
        os.utime(lake.path("src-a", f"{number:03}.csv"), (moment, moment))
    lake.set(EIDER_ENGINE_GROUP_FILES="1")
    first = lake.eider("backfill", "s3://src-a/", "--order", order, "--json")
    assert first.summary["loaded"] == 200
    again = lake.eider("backfill", "s3://src-a/", "--json")
    assert (again.exit_code, again.summary["loaded"]) == (0, 0)
    assert ids(lake) == list(range(200))
    claimed = {line["file"]: line["claimed_at"] for line in lake.eider("history", "--json",
               "--limit", "1000").lines}  # fmt: skip
    times = [claimed[file] for file in sorted(claimed, reverse=order == "time")]
    assert times == sorted(times)
