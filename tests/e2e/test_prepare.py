"""A load in two halves: `eider prepare` here, `eider commit` there, each row once all the same."""

import json
import os
import random
import signal
import subprocess
import time

import pytest

from test_poison_files import STRUCTURE, good, poison

KILLS = int(os.environ.get("EIDER_KILLS", "50"))
FILES = 60


@pytest.fixture
def place(lake):
    return str(lake.folder / "prepared")


def put(lake, numbers) -> list[str]:
    return [lake.put("src-a", f"{number:04}.parquet", f"SELECT {number} AS id")
            for number in numbers]  # fmt: skip


def prepare(lake, place: str, *args: str, **options):
    return lake.eider("prepare", "--json", *args, "--to", place, **options)


def commit(lake, *records: str):
    return lake.eider("commit", "--json", *map(str, records))


def records(place: str) -> list:
    return sorted((os.scandir(place)), key=lambda entry: entry.name)


def test_rows_are_in_after_the_commit_and_not_before(lake, place):
    lake.route("src-a", "bronze.orders")
    uris = put(lake, range(FILES))
    done = prepare(lake, place, *uris)
    assert done.exit_code == 0, done
    assert set(done.states().values()) == {"PREPARED"}, done
    assert done.summary["prepared"] == FILES
    assert lake.scan_ids("bronze.orders") == []  # the table was made, and nothing is in it
    assert {row["state"] for row in lake.history()} == {"HELD"}
    assert "eider commit" in lake.history()[0]["error"]

    done = commit(lake, place)
    assert done.exit_code == 0, done
    assert set(done.states().values()) == {"LOADED"}, done
    assert lake.scan_ids("bronze.orders") == list(range(FILES))
    assert lake.snapshot_count("bronze.orders") == 1
    assert {row["state"] for row in lake.history()} == {"LOADED"}

    again = commit(lake, place)
    assert again.exit_code == 0 and set(again.states().values()) == {"SKIPPED"}, again
    assert lake.run(*uris).summary["skipped"] == FILES
    assert lake.scan_ids("bronze.orders") == list(range(FILES))


def test_a_task_of_an_array_job_takes_a_list(lake, place):
    lake.route("src-a", "bronze.orders")
    uris = put(lake, range(9))
    (lake.folder / "part.txt").write_text("\n".join(uris[:4]) + "\r\n\n")
    assert prepare(lake, place, "--list", "part.txt").summary["prepared"] == 4
    assert prepare(lake, place, "--list", "-", stdin="\n".join(uris[4:])).summary["prepared"] == 5
    commit(lake, place)
    assert lake.scan_ids("bronze.orders") == list(range(9))
    nothing = prepare(lake, place, "--list", "no-such-list")
    assert nothing.exit_code == 2 and "no-such-list" in nothing.stderr


def test_what_is_prepared_is_found_again_and_prepared_anew_on_request(lake, place):
    lake.route("src-a", "bronze.orders")
    uris = put(lake, range(5))
    prepare(lake, place, *uris)
    again = prepare(lake, place, *uris)
    assert again.exit_code == 0 and set(again.states().values()) == {"SKIPPED"}, again
    before = len(records(place))
    anew = prepare(lake, place, "--again", *uris)
    assert anew.summary["prepared"] == 5
    assert len(records(place)) > before
    assert commit(lake, place).summary["loaded"] == 5
    assert lake.scan_ids("bronze.orders") == list(range(5))


def test_bad_files_fail_at_once_and_keep_none_from_the_commit(lake, place):
    lake.route("src-a", "bronze.orders")
    uris = put(lake, range(5)) + [lake.put_bytes("src-a", "bad.parquet", b"PAR1 not at all")]
    done = prepare(lake, place, *uris)
    assert done.exit_code == 1 and done.file("bad.parquet")["state"] == "FAILED", done
    assert commit(lake, place).summary["loaded"] == 5
    assert lake.scan_ids("bronze.orders") == list(range(5))


@pytest.mark.parametrize("how", ["arguments", "list"])
def test_a_file_that_kills_its_reader_leaves_none_of_a_list_behind(lake, place, how):
    """Seen: the next worker found standard input read to its end, and told that all went well."""
    lake.route("src-a", "bronze.docs", STRUCTURE)
    uris = [lake.put_bytes("src-a", f"{number}.csv", poison() if number == 2 else good(number))
            for number in range(6)]  # fmt: skip
    if how == "list":
        done = prepare(lake, place, "--list", "-", stdin="\n".join(uris))
    else:
        done = prepare(lake, place, *uris)
    states = {line["file"]: line["state"] for line in done.files}
    # One whose record was there when the reader was killed, and that was not told yet, is SKIPPED:
    # the record has it.
    assert states.pop(uris[2]) == "FAILED", done
    assert set(states) == {*uris} - {uris[2]}, done
    assert set(states.values()) <= {"PREPARED", "SKIPPED"}, done
    assert len(done.files) == len(uris), done  # each is told once
    assert done.exit_code == 1, done
    assert done.summary["prepared"] + done.summary["skipped"] == 5, done
    assert commit(lake, place).summary["loaded"] == 5


def test_a_file_that_is_only_named_fails_as_in_a_run(lake, place):
    lake.route("src-a", "bronze.orders")
    uri = "s3://src-a/nowhere.csv"
    for done in (prepare(lake, place, uri), lake.run(uri)):
        assert done.exit_code == 1 and done.file("nowhere.csv")["state"] == "FAILED", done


def test_standard_input_is_one_thing_only(lake, place):
    done = prepare(lake, place, "--list", "-", "--event", "-", stdin="s3://src-a/x.csv\n")
    assert done.exit_code == 2 and "standard input" in done.stderr, done


def test_several_tables_partitions_rejects_and_new_columns(lake, place):
    lake.route("src-a", "bronze.days", "SELECT * FROM '{s3_input_path}'", types={"id": "BIGINT"},
               on_bad_rows="reject", schema="evolve", partition_by=["id"])  # fmt: skip
    lake.load(lake.put_bytes("src-a", "first.csv", b"id,a\n1,x\n"))
    uris = [lake.put_bytes("src-a", "second.csv", b"id,a,b\n2,x,new\nbad,x,new\n3,y,new\n")]
    assert prepare(lake, place, *uris).summary["prepared"] == 1
    assert lake.scan_ids("bronze.days") == [1]
    done = commit(lake, place)
    assert done.summary["loaded"] == 1, done
    rows = lake.table("bronze.days").scan().to_arrow().to_pylist()
    assert sorted((row["id"], row["b"]) for row in rows) == [(1, None), (2, "new"), (3, "new")]
    (reject,) = lake.table("bronze.days__rejects").scan().to_arrow().to_pylist()
    assert (reject["line"], reject["value"]) == (3, "bad")
    assert len(lake.data_files("bronze.days")) == 3


def test_a_fan_out_comes_in_part_by_part(lake, place):
    lake.set(EIDER_ROUTING_STRATEGIES="column:kind")
    for kind in ("orders", "visits"):
        lake.route(kind, f"bronze.{kind}", "SELECT id FROM '{s3_input_path}'")
    uri = lake.put("src-a", "all.parquet", "SELECT range AS id, CASE WHEN range % 2 = 0"
                   " THEN 'orders' ELSE 'visits' END AS kind FROM range(10)")  # fmt: skip
    assert prepare(lake, place, uri).summary["prepared"] == 1
    (done,) = commit(lake, place).files
    assert done["state"] == "LOADED" and done["rows"] == 10, done
    assert lake.scan_ids("bronze.orders") == [0, 2, 4, 6, 8]
    assert lake.scan_ids("bronze.visits") == [1, 3, 5, 7, 9]


def test_what_the_schema_has_become_refuses_with_what_to_do(lake, place):
    lake.route("src-a", "bronze.t", schema="evolve")
    lake.load(*put(lake, [1]))
    wide = lake.put("src-a", "wide.parquet", "SELECT 2 AS id, 'x' AS b")
    prepare(lake, place, wide)
    with lake.table("bronze.t").update_schema() as update:
        update.add_column("c", __import__("pyiceberg.types").types.StringType())
    done = commit(lake, place)
    assert done.exit_code == 1, done
    assert "eider prepare --again" in done.file("wide.parquet")["error"], done
    assert prepare(lake, place, "--again", wide).summary["prepared"] == 1
    assert commit(lake, place).summary["loaded"] == 1
    assert lake.scan_ids("bronze.t") == [1, 2]


@pytest.mark.parametrize("fault", ["cut", "edited", "newer", "empty", "no record"])
def test_records_that_are_none_are_told_and_keep_no_other_from_its_table(lake, place, fault):
    lake.route("src-a", "bronze.orders")
    lake.set(EIDER_ENGINE_GROUP_FILES="1")
    uris = put(lake, range(3))
    prepare(lake, place, *uris)
    broken = records(place)[1].path
    with open(broken) as file:
        text = file.read()
    newer = json.loads(text) | {"eider_prepared": 99}
    with open(broken, "w") as file:
        file.write({"cut": text[: len(text) // 2], "edited": text.replace("bronze", "silver"),
                    "newer": json.dumps(newer), "empty": "", "no record": "[]"}[fault])  # fmt: skip
    done = commit(lake, place)
    assert done.exit_code == 1 and done.summary["loaded"] == 2, done
    (told,) = [line for line in done.lines if "prepared_record" in line]
    assert told["prepared_record"].endswith(os.path.basename(broken)), told
    assert ("version 99" if fault == "newer" else "eider prepare --again") in told["error"], told
    assert prepare(lake, place, *uris).summary["prepared"] == 1
    commit(lake, place)
    assert lake.scan_ids("bronze.orders") == [0, 1, 2]


def test_no_records_and_no_place(lake, place):
    os.mkdir(place)
    assert commit(lake, place).summary["loaded"] == 0
    nowhere = commit(lake, place + "/nothing.json")
    assert nowhere.exit_code == 2 and "nothing.json" in nowhere.stderr, nowhere


def test_two_commits_at_once(lake, place):
    lake.route("src-a", "bronze.orders")
    lake.set(EIDER_ENGINE_GROUP_FILES="1")
    prepare(lake, place, *put(lake, range(FILES)))
    both = [subprocess.Popen(lake.command("commit", place), env=lake.environment(),
                             stdout=subprocess.DEVNULL, cwd=lake.folder)
            for _ in range(2)]  # fmt: skip
    assert all(one.wait(60) == 0 for one in both)
    commit(lake, place)
    assert lake.scan_ids("bronze.orders") == list(range(FILES))


@pytest.mark.parametrize("seed", range(KILLS // 10))
def test_killed_anywhere_and_begun_again_each_row_is_in_once(lake, place, seed):
    """Ten kills of the two halves, in the order in which a scheduler would begin them again."""
    chance = random.Random(seed)
    lake.route("src-a", "bronze.orders")
    lake.set(EIDER_ENGINE_GROUP_FILES=str(chance.choice([1, 7, 128])))
    put(lake, range(FILES))
    commands = [lake.command("prepare", "s3://src-a/", "--to", place),
                lake.command("commit", place, "--files-per-commit", "10")]  # fmt: skip
    os.makedirs(place)
    for _ in range(10):
        process = subprocess.Popen(chance.choice(commands), env=lake.environment(),
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   cwd=lake.folder, start_new_session=True)  # fmt: skip
        time.sleep(chance.uniform(0.02, 0.35))
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(60)
    prepare(lake, place, "s3://src-a/")
    commit(lake, place)
    left = [row["uri"] for row in lake.history() if row["state"] != "LOADED"]
    if left:  # files of records that were committed in part come again
        prepare(lake, place, "--again", *left)
        commit(lake, place)
    assert lake.scan_ids("bronze.orders") == list(range(FILES))


def test_in_a_bucket_with_the_ledger_of_a_fleet(cloud):
    cloud.route(cloud.src_a, "bronze.orders")
    uris = [cloud.put(cloud.src_a, f"{number}.parquet", f"SELECT {number} AS id").uri
            for number in range(5)]  # fmt: skip
    place = f"s3://{cloud.src_b}/prepared/"
    done = cloud.eider("prepare", "--json", *uris, "--to", place)
    assert done.summary.get("prepared") == 5, done
    assert cloud.eider("commit", "--json", place).summary["loaded"] == 5
    assert cloud.scan_ids("bronze.orders") == list(range(5))
