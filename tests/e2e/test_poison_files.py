"""Files on which the reader dies, hangs or eats the memory: they alone fail, also in Lambda.

What kills DuckDB here is json_structure over a text that is nested 20,000 deep: no check of a file
can see it, because a CSV cell holds it.
"""

import contextlib
import signal
import subprocess
import time

import pytest

import events
from pyiceberg.exceptions import NoSuchTableError
from test_lambda import failed_messages

STRUCTURE = ("SELECT id, json_structure(doc)::VARCHAR AS s FROM read_csv('{s3_input_path}',"
             " delim = '|', header = true, quote = '',"
             " columns = {'id': 'INT', 'doc': 'VARCHAR'})")  # fmt: skip
# Beyond 512 MiB, and beyond what an interrupt reaches, for the file with id 99 alone.
HUGE = ("SELECT id, CASE WHEN id = 99 THEN len(range(id * 10101010)) ELSE 0 END AS n"
        " FROM read_csv('{s3_input_path}')")  # fmt: skip
DEAF = ("SELECT id, len(lpad('x', (id * 20202020)::INT, 'y')) AS n"
        " FROM read_csv('{s3_input_path}')")  # fmt: skip
ENDLESS = ("SELECT count(*) AS id FROM range(1000000000000),"
           " (SELECT count(*) FROM read_csv('{s3_input_path}'))")  # fmt: skip


def good(number: int) -> bytes:
    return f'id|doc\n{number}|{{"a":1}}\n'.encode()


def poison(number: int = 0) -> bytes:
    return f"id|doc\n{number}|{'{' + chr(34) + 'a' + chr(34) + ':'}".encode() + (
        b'{"a":' * 20_000 + b"1" + b"}" * 20_001 + b"\n")  # fmt: skip


def begin_run(lake) -> subprocess.Popen:
    """Of all that is in src-a; what people are told is in `stderr`."""
    return subprocess.Popen(lake.command("run", "s3://src-a/"), env=lake.environment(),
                            cwd=lake.folder, stderr=subprocess.PIPE, text=True)  # fmt: skip


def wait_for_a_claim(lake, attempt: int = 1) -> None:
    """Until the program has begun its work, for that time."""
    give_up_at = time.monotonic() + 30
    while time.monotonic() < give_up_at:
        rows = lake.history("--state", "CLAIMED") if lake.ledger_path.exists() else []
        if any(row["attempts"] == attempt for row in rows):
            return
        time.sleep(0.1)
    raise AssertionError("nothing was claimed in 30 s")


def with_poison(lake, poisons: int, goods: int) -> None:
    lake.route("src-a", "bronze.docs", STRUCTURE)
    total = poisons + goods
    every = total // poisons
    left = poisons
    for n in range(total):
        is_poison = left > 0 and n % every == 1
        left -= is_poison
        lake.put_bytes("src-a", f"f{n:02}.csv", poison(n) if is_poison else good(n))


def test_twenty_poison_files_among_thirty_good_ones_take_none_along(lake):
    with_poison(lake, poisons=20, goods=30)
    done = lake.run("s3://src-a/")
    assert done.exit_code == 1
    states = list(done.states().values())
    assert (states.count("LOADED"), states.count("FAILED")) == (30, 20), done.stderr
    failed = [line for line in done.files if line["state"] == "FAILED"]
    assert {line["code"] for line in failed} == {"READER_CRASHED"}
    assert all("crashed on this file (signal 11" in line["error"] for line in failed), failed
    assert len(lake.scan_ids("bronze.docs")) == 30
    assert done.summary["loaded"] == 30 and done.summary["failed"] == 20
    assert {line["state"] for line in lake.history()} == {"LOADED", "FAILED"}


def test_a_poison_file_is_not_read_again_until_something_changes(lake):
    with_poison(lake, poisons=1, goods=3)
    first = lake.run("s3://src-a/")
    assert first.file("f01.csv")["code"] == "READER_CRASHED"
    assert "ended by signal" in first.stderr

    again = lake.run("s3://src-a/")
    assert again.file("f01.csv")["code"] == "READER_CRASHED"
    assert again.file("f01.csv")["error"] == first.file("f01.csv")["error"]
    assert again.stderr == ""  # nothing died: it was not read

    forced = lake.run("--force", "s3://src-a/f01.csv")
    assert forced.file("f01.csv")["code"] == "READER_CRASHED"
    assert forced.file("f01.csv")["error"] == first.file("f01.csv")["error"]

    lake.route("src-a", "bronze.docs", STRUCTURE.replace("json_structure(doc)::VARCHAR", "'-'"))
    mended = lake.run("s3://src-a/f01.csv")
    assert mended.file("f01.csv")["state"] == "LOADED", mended.files
    assert lake.scan_ids("bronze.docs") == [0, 1, 2, 3]


def test_a_poison_file_that_is_replaced_by_a_good_version_is_loaded(lake):
    with_poison(lake, poisons=1, goods=1)
    assert lake.run("s3://src-a/").file("f01.csv")["state"] == "FAILED"
    lake.put_bytes("src-a", "f01.csv", good(7))
    assert lake.run("s3://src-a/").file("f01.csv")["state"] == "LOADED"
    assert lake.scan_ids("bronze.docs") == [0, 7]


def test_two_processes_that_meet_the_same_poison(lake):
    with_poison(lake, poisons=4, goods=12)
    command = lake.command("run", "--json", "s3://src-a/")
    both = [subprocess.Popen(command, env=lake.environment(), cwd=lake.folder, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            for _ in range(2)]  # fmt: skip
    for process in both:
        process.communicate(timeout=60)
    settled = lake.run("s3://src-a/")  # what one skipped because the other had it
    assert settled.summary["failed"] == 4 and settled.summary["loaded"] == 0, settled.files
    history = lake.history()
    assert sorted(line["state"] for line in history) == ["FAILED"] * 4 + ["LOADED"] * 12
    ids = lake.scan_ids("bronze.docs")
    assert len(ids) == len(set(ids)) == 12


def test_explain_says_of_a_poison_file_what_happened(lake):
    """Seen: the command ended by a bare signal."""
    lake.route("src-a", "bronze.docs", STRUCTURE)
    for n in range(3):
        lake.put_bytes("src-a", f"{n}.csv", poison(n) if n == 1 else good(n))
    done = lake.eider("explain", "--sample", "5", "--json", "s3://src-a/")
    assert done.exit_code == 1, done
    assert [line["file"] for line in done.files] == [f"s3://src-a/{n}.csv" for n in range(3)]
    errors = [line["error"] for line in done.files]
    assert errors[0] is None and errors[2] is None, errors
    assert errors[1]["code"] == "READER_CRASHED", errors
    assert errors[1]["message"] == "the reader crashed on this file (signal 11)", errors
    assert "not read again: s3://src-a/1.csv" in done.stderr, done.stderr


def test_check_with_a_poison_sample_names_the_route_that_crashed(lake):
    lake.route("good", "bronze.docs", "SELECT id FROM read_csv('{s3_input_path}')")
    lake.route("crash", "bronze.docs", STRUCTURE)
    lake.route("crash2", "bronze.docs", STRUCTURE)
    lake.route("wrong", "bronze.docs", "SELECT nope FROM read_csv('{s3_input_path}')")
    file = lake.put_bytes("src-a", "x.csv", poison())
    done = lake.eider("routes", "check", "--sample", file)
    assert done.exit_code == 1, done
    for key in ("crash", "crash2"):
        assert f"route '{key}': the reader crashed on this file (signal 11)" in done.stdout, done
    assert "route 'wrong': " in done.stdout and "route 'good'" not in done.stdout, done


def test_create_of_a_poison_sample_says_what_happened(lake):
    """Seen: the command ended by a bare signal, as nobody watched over it."""
    lake.route("crash", "bronze.docs", STRUCTURE)
    file = lake.put_bytes("src-a", "x.csv", poison())
    done = lake.eider("table", "create", "bronze.docs", "--from", file, "--route", "crash")
    assert done.exit_code == 1, done
    assert "the reader crashed on this file (signal 11)" in done.stderr, done.stderr
    assert f"not read again: {file}" in done.stderr, done.stderr
    with pytest.raises(NoSuchTableError):
        lake.scan_ids("bronze.docs")


def test_a_claim_that_broke_off_twice_is_read_alone(lake):
    """What no supervisor saw: the whole process group was killed, twice."""
    lake.route("src-a", "bronze.docs", DEAF)
    lake.put_bytes("src-a", "deaf.csv", b"id\n99\n")
    for attempt in (1, 2):
        process = subprocess.Popen(lake.command("run", "s3://src-a/"), env=lake.environment(),
                                   cwd=lake.folder, start_new_session=True)  # fmt: skip
        wait_for_a_claim(lake, attempt)
        process.kill()
        process.wait()
    (row,) = lake.history()
    assert row["state"] == "CLAIMED"
    # With less memory the call fails for it, now before and now after it would be killed.
    done = lake.run("s3://src-a/", EIDER_ENGINE_TIMEOUT_MS="1000",
                    EIDER_ENGINE_PROCESS_MEMORY_LIMIT="16GiB")  # fmt: skip
    assert done.file("deaf.csv")["code"] == "READER_CRASHED", done.files
    assert "killed" in done.file("deaf.csv")["error"]
    assert "signal 6" not in done.stderr  # this process did not have to die for it


def test_len_of_a_billion_fails_alone_within_the_memory_of_the_process(lake):
    lake.route("src-a", "bronze.n", HUGE)
    lake.put_bytes("src-a", "a.csv", b"id\n99\n")
    for n in range(4):
        lake.put_bytes("src-a", f"b{n}.csv", f"id\n{n}\n".encode())
    done = lake.run("s3://src-a/", EIDER_ENGINE_MEMORY_LIMIT="512MiB")
    assert done.file("a.csv")["state"] == "FAILED"
    error = done.file("a.csv")["error"]
    assert error.startswith("table bronze.n: not enough memory"), done.files
    assert "engine.process_memory_limit" in error, done.files
    assert done.file("a.csv")["code"] == "out_of_memory"
    assert "SET " not in done.file("a.csv")["error"]
    assert lake.scan_ids("bronze.n") == [0, 1, 2, 3]


def test_small_text_files_load_in_a_function_of_128_mb(cloud):
    """Seen: "Failed to allocate block of 32002048 bytes" for files of a few lines."""
    items = []
    for kind, text in (("csv", "id\n{}\n"), ("json", '{{"id":{}}}\n')):
        cloud.route(f"{kind}s", "bronze.n", f"SELECT id FROM read_{kind}('{{s3_input_path}}')")
        start = len(items)
        items += [cloud.put_bytes(cloud.src_a, f"{kind}s/{n}.{kind}", text.format(n).encode())
                  for n in range(start, start + 6)]  # fmt: skip
    cloud.configure(EIDER_ROUTING_STRATEGIES="folder")
    with cloud.function(AWS_LAMBDA_FUNCTION_MEMORY_SIZE="128") as function:
        done = function.invoke(events.sqs(*items))
        assert failed_messages(done) == [], function.log()
    assert cloud.scan_ids("bronze.n") == list(range(12))


@pytest.mark.parametrize("limit", ["16MiB", "32MiB"])
def test_too_little_memory_names_the_setting(lake, limit):
    """Seen: "internal error: Resource temporarily unavailable"."""
    lake.configure(engine="threads: 2")
    lake.route("src-a", "bronze.n", "SELECT id FROM read_csv('{s3_input_path}')")
    lake.put_bytes("src-a", "a.csv", b"id\n1\n")
    done = lake.eider("run", "s3://src-a/", EIDER_ENGINE_PROCESS_MEMORY_LIMIT=limit)
    assert done.exit_code != 0, done
    assert "engine.process_memory_limit" in done.stderr or "engine.memory_limit" in done.stderr
    assert "internal error" not in done.stderr, done


def test_an_endless_query_ends_by_the_default_time_limit(lake):
    lake.route("src-a", "bronze.endless", ENDLESS)
    lake.route("src-b", "bronze.n", "SELECT id FROM read_csv('{s3_input_path}')")
    lake.put_bytes("src-a", "a.csv", b"id\n99\n")
    lake.put_bytes("src-b", "b.csv", b"id\n1\n")
    done = lake.run("s3://src-a/", "s3://src-b/", EIDER_ENGINE_TIMEOUT_MS="1500")
    assert done.file("a.csv")["code"] == "deadline_exceeded", done.files
    assert "1500 ms" in done.file("a.csv")["error"]
    assert lake.scan_ids("bronze.n") == [1]


def test_a_stop_ends_the_process_whatever_a_query_does(lake):
    lake.route("src-a", "bronze.n", DEAF)
    lake.put_bytes("src-a", "a.csv", b"id\n99\n")
    process = begin_run(lake)
    wait_for_a_claim(lake)
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=25)  # the grace is 10 s
    assert process.returncode == 128 + signal.SIGTERM, told
    assert list((lake.folder / "spill").iterdir()) == []


def test_a_poison_file_in_a_batch_of_messages_comes_back_alone(cloud):
    cloud.route(cloud.src_a, "bronze.docs", STRUCTURE)
    items = [cloud.put_bytes(cloud.src_a, f"f{n}.csv", poison(n) if n == 2 else good(n))
             for n in range(6)]  # fmt: skip
    with cloud.function() as function:
        assert failed_messages(function.invoke(events.sqs(*items))) == ["message-2"]
        lines = {line["file"]: line for line in function.log_lines() if "file" in line}
        assert lines[items[2].uri]["code"] == "READER_CRASHED"
        assert failed_messages(function.invoke(events.sqs(*items))) == ["message-2"]
    assert cloud.scan_ids("bronze.docs") == [0, 1, 3, 4, 5]


def test_without_a_ledger_the_same(cloud):
    cloud.without_ledger()
    cloud.route(cloud.src_a, "bronze.docs", STRUCTURE)
    items = [cloud.put_bytes(cloud.src_a, f"f{n}.csv", poison(n) if n == 1 else good(n))
             for n in range(4)]  # fmt: skip
    with cloud.function() as function:
        assert failed_messages(function.invoke(events.sqs(*items))) == ["message-1"]
    assert cloud.scan_ids("bronze.docs") == [0, 2, 3]


def test_the_functions_deadline_comes_while_the_child_reads(cloud):
    """The batch is answered in time, and the file is no poison: nobody knows yet."""
    cloud.route(cloud.src_a, "bronze.n", ENDLESS)
    cloud.route(cloud.src_b, "bronze.docs", STRUCTURE)
    slow = cloud.put_bytes(cloud.src_a, "slow.csv", b"id\n99\n")
    bad = cloud.put_bytes(cloud.src_b, "bad.csv", poison())
    fine = cloud.put_bytes(cloud.src_b, "fine.csv", good(5))
    with cloud.function() as function:
        started = time.perf_counter()
        done = function.invoke(events.sqs(bad, slow, fine), timeout_seconds=8)
        assert time.perf_counter() - started < 8
        assert failed_messages(done) == ["message-0", "message-1"]
        lines = {line["file"]: line for line in function.log_lines() if "file" in line}
    assert lines[slow.uri]["code"] == "cancelled", lines[slow.uri]["error"]
    assert lines[bad.uri]["code"] == "READER_CRASHED"
    assert cloud.scan_ids("bronze.docs") == [5]


# Deaf to interrupts for minutes, for the file with id 99 alone, in little memory.
LEVENSHTEIN = ("SELECT id, CASE WHEN id = 99"
               " THEN levenshtein(repeat('ab', id * 2500), repeat('ba', id * 2500))"
               " ELSE 0 END AS n FROM read_csv('{s3_input_path}')")  # fmt: skip


def rows_within(seconds: float, lake, table: str) -> int:
    """As soon as the table has some; of readers beside the running program."""
    give_up_at = time.monotonic() + seconds
    while time.monotonic() < give_up_at:
        with contextlib.suppress(NoSuchTableError):
            if rows := lake.table(table).scan().to_arrow().num_rows:
                return rows
        time.sleep(0.2)
    return 0


def test_a_query_deaf_to_its_end_does_not_keep_the_functions_answer(cloud):
    cloud.route(cloud.src_a, "bronze.n", LEVENSHTEIN)
    items = [cloud.put_bytes(cloud.src_a, f"{n}.csv", b"id\n%d\n" % n) for n in (99, 1, 2, 3)]
    with cloud.function() as function:
        for attempt in (1, 2):
            started = time.perf_counter()
            done = function.invoke(events.sqs(*items), timeout_seconds=12)
            assert time.perf_counter() - started < 12
            assert failed_messages(done) == ["message-0"]
            lines = [line for line in function.log_lines() if line.get("file") == items[0].uri]
            # In this process, which ends of it; then alone.
            assert lines[-1]["code"] == ["deadline_exceeded", "cancelled"][attempt - 1]
    assert sorted(cloud.scan_ids("bronze.n")) == [1, 2, 3]


def test_files_that_are_ready_do_not_wait_for_one_that_takes_long(lake):
    lake.route("src-a", "bronze.n", LEVENSHTEIN)
    for n in (99, 1, 2):
        lake.put_bytes("src-a", f"{n}.csv", b"id\n%d\n" % n)
    process = begin_run(lake)
    assert rows_within(25, lake, "bronze.n") == 2  # 10 s after they were ready
    assert process.poll() is None
    process.kill()
    process.communicate()


def test_a_stop_beside_a_deaf_query_commits_what_is_ready(lake):
    lake.route("src-a", "bronze.n", LEVENSHTEIN)
    for n in (99, 1, 2):
        lake.put_bytes("src-a", f"{n}.csv", b"id\n%d\n" % n)
    process = begin_run(lake)
    wait_for_a_claim(lake)
    time.sleep(2)
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=25)  # the grace is 10 s
    assert process.returncode == 128 + signal.SIGTERM, told
    assert "it had in work: s3://src-a/99.csv" in told
    assert lake.table("bronze.n").scan().to_arrow().num_rows == 2


def test_a_stop_tells_the_files_that_were_not_begun_by_their_number(lake):
    slow = "SELECT count(*) AS id FROM range(3000000000), read_csv('{s3_input_path}')"
    lake.route("src-a", "bronze.n", slow)
    for n in range(300):
        lake.put_bytes("src-a", f"f{n:03}.csv", b"id\n1\n")
    process = subprocess.Popen(lake.command("run", "s3://src-a/"), env=lake.environment(),
                               cwd=lake.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True)  # fmt: skip
    wait_for_a_claim(lake)
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=25)
    assert process.returncode == 128 + signal.SIGTERM, told
    assert "files not begun; run again to load them" in told
    assert told.count("FAILED") <= 2, told  # the two that were in work
    assert len(lake.history("--state", "FAILED")) <= 2
    lake.route("src-a", "bronze.n", "SELECT id FROM read_csv('{s3_input_path}')")
    again = lake.run("s3://src-a/")
    assert again.exit_code == 0 and len(lake.scan_ids("bronze.n")) == 300
