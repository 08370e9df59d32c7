"""Rows that go through a program of the operator's: what it makes of them, and what it breaks."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

import events
from every_type import FLAT, NESTED, TIME, source_sql
from readers import source_rows
from test_poison_files import STRUCTURE, poison
from test_types import differences
from worker import wait_until

PLUGIN = Path(__file__).parents[2] / "deploy" / "plugin"
COLUMNS = (*FLAT, *NESTED, TIME)


def plugin(lake, name: str, script: str, **settings: object):
    """A plug-in of that name: a Python script beside eider_plugin.py."""
    path = lake.folder / f"{name}.py"
    path.write_text(script)
    of = {"command": [sys.executable, path.name],
          "environment": {"PYTHONPATH": str(PLUGIN / "python")}} | settings  # fmt: skip
    return lake.configure(f"plugins: {json.dumps({name: of})}\n")


THROUGH = """
from eider_plugin import plugin

@plugin.batches
def hand_on(batch):
    return batch
"""


@pytest.fixture
def people(lake):
    lake.route("src-a", "bronze.t", "SELECT * FROM read_csv('{s3_input_path}')", transform="it")
    lake.put_bytes("src-a", "a.csv", b"id,name\n1,Ada\n2,Grace\n")
    return lake


def rows(lake) -> list[dict]:
    return sorted(lake.table("bronze.t").scan().to_arrow().to_pylist(), key=str)


def failed(lake, uri: str = "s3://src-a/a.csv") -> str:
    """Loads it, which must fail and leave nothing; the message."""
    outcome = lake.run(uri)
    assert outcome.exit_code == 1
    assert outcome.files[0]["state"] == "FAILED"
    assert not list(lake.warehouse.rglob("*.parquet"))
    return outcome.files[0]["error"]


def test_every_type_goes_through_and_back_as_it_was(lake):
    plugin(lake, "it", THROUGH)
    lake.route("src-a", "bronze.t", transform="it")
    lake.put("src-a", "every.parquet", source_sql(COLUMNS, tuple(range(20))))
    outcome = lake.load("s3://src-a/every.parquet")
    assert outcome.files[0]["transformed"] == [
        {"table": "bronze.t", "plugin": "it", "rows_in": 20, "rows_out": 20}]  # fmt: skip
    names = ["id", *(column.name for column in COLUMNS)]
    written = [Path(task.file.file_path.removeprefix("file://"))
               for task in lake.table("bronze.t").scan().plan_files()]  # fmt: skip
    expected = source_rows([lake.path("src-a", "every.parquet")])
    assert differences(names, expected, source_rows(written)) == []
    summary = lake.table("bronze.t").current_snapshot().summary
    assert summary["eider.rows-transformed"] == "20"


TYPES = """
import datetime, decimal
import pyarrow as pa
from eider_plugin import plugin

@plugin
def make(table):
    zone = pa.timestamp("ms", "Europe/Berlin")
    return pa.table({
        "dict": pa.array(["x", None, "x"]).dictionary_encode(),
        "large": pa.array(["y", None, ""], pa.large_string()),
        "dec": pa.array([decimal.Decimal("1.50"), None, decimal.Decimal("-2.25")],
                        pa.decimal128(9, 2)),
        "at": pa.array([1767225600000, None, 0], zone),
        "ns": pa.array([1000, None, -1000], pa.timestamp("ns")),
        "s": pa.array([1, None, -1], pa.timestamp("s")),
        "half": pa.array([True, None, False]),
        "day": pa.array([datetime.date(2024, 2, 29), None, None], pa.date32()),
        "lists": pa.array([[1, None], None, []], pa.large_list(pa.int16())),
        "fixed": pa.array([b"ab", None, b"cd"], pa.binary(2)),
        "u8": pa.array([255, None, 0], pa.uint8()),
    })
"""


def test_types_that_only_arrow_has_come_as_tables_have_them(people):
    plugin(people, "it", TYPES)
    people.load("s3://src-a/a.csv")
    table = people.table("bronze.t").scan().to_arrow()
    by_name = {name: table[name].to_pylist() for name in table.column_names}
    assert by_name["dict"] == ["x", None, "x"]
    assert by_name["large"] == ["y", None, ""]
    assert [str(value) for value in by_name["dec"]] == ["1.50", "None", "-2.25"]
    assert by_name["at"][0].isoformat() == "2026-01-01T00:00:00+00:00"
    assert [str(value) for value in by_name["s"]] == [
        "1970-01-01 00:00:01", "None", "1969-12-31 23:59:59"]  # fmt: skip
    assert by_name["half"] == [True, None, False]
    assert [str(value) for value in by_name["day"]] == ["2024-02-29", "None", "None"]
    assert by_name["lists"] == [[1, None], None, []]
    assert by_name["fixed"] == [b"ab", None, b"cd"]
    assert by_name["u8"] == [255, None, 0]


def test_the_examples_do_what_they_say(lake):
    for name in ("clean_arrow", "sessions_pandas"):
        (lake.folder / f"{name}.py").write_text(
            (PLUGIN / "examples" / f"{name}.py").read_text())  # fmt: skip
    of = {name: {"command": [sys.executable, f"{name}.py"], "memory_limit": "2GiB",
                 "environment": {"PYTHONPATH": str(PLUGIN / "python")}}
          for name in ("clean_arrow", "sessions_pandas")}  # fmt: skip
    lake.configure(f"plugins: {json.dumps(of)}\n")
    sql = "SELECT * FROM read_csv('{s3_input_path}')"
    lake.route("src-a", "bronze.mails", sql, transform="clean_arrow")
    lake.route("src-b", "bronze.visits", sql, transform="sessions_pandas")
    lake.put_bytes("src-a", "a.csv", b"id,mail\n1, Ada@Example.com \n2,none\n3,\n")
    lake.put_bytes("src-b", "b.csv",
                   b"visitor,at\n7,2026-01-01 10:00:00\n7,2026-01-01 10:29:59\n"
                   b"7,2026-01-01 11:00:00\n8,2026-01-01 11:00:00\n")  # fmt: skip
    lake.load("s3://src-a/", "s3://src-b/")
    assert lake.table("bronze.mails").scan().to_arrow().to_pylist() == [
        {"id": 1, "mail": "ada@example.com"}]  # fmt: skip
    visits = lake.table("bronze.visits").scan().to_arrow().to_pylist()
    assert [(row["visitor"], row["session"]) for row in visits] == [(7, 1), (7, 1), (7, 2), (8, 1)]


def test_files_without_rows_make_a_table_of_no_rows_or_none(people):
    plugin(people, "it", THROUGH)
    people.load("s3://src-a/a.csv")
    people.put_bytes("src-a", "empty.csv", b"id,name\n")
    people.load("s3://src-a/empty.csv")
    assert len(rows(people)) == 2


def test_one_process_serves_many_files_and_each_is_a_stream(people):
    plugin(people, "it", """
import os
import pyarrow as pa
from eider_plugin import plugin

@plugin
def tell(table):
    print("not a part of any stream")
    return pa.table({"pid": [os.getpid()], "rows": [table.num_rows]})
""")  # fmt: skip
    for number in range(20):
        people.put_bytes("src-a", f"{number}.csv", b"id\n" + b"1\n" * (number + 1))
    people.load("s3://src-a/")
    told = rows(people)
    assert sorted(row["rows"] for row in told) == sorted([2, *range(1, 21)])
    assert len({row["pid"] for row in told}) <= 4  # as many as there are files at a time


BROKEN = {
    "raises": ("raise ValueError('no such customer')", "no such customer"),
    "exits": ("import os; os._exit(7)", "(exit code 7)"),
    "is killed": ("import os; os.kill(os.getpid(), 9)", "signal 9: Killed"),
    "crashes": ("import os; os.kill(os.getpid(), 11)", "Segmentation fault"),
    "writes garbage": ("import os; os.write(3 if False else 1, b'x'); return None", None),
    "needs too much": ("bytearray(3 << 30)", "MemoryError"),
    "other schema": ("return batch.rename_columns(['a', str(batch.num_rows)])", None),
}


@pytest.mark.parametrize("how", [name for name, (_, told) in BROKEN.items() if told])
def test_what_breaks_fails_its_file_with_its_last_words_and_no_other(people, how):
    code, told = BROKEN[how]
    plugin(people, "it", f"""
from eider_plugin import plugin

@plugin.batches
def broken(batch):
    if "Grace" in batch["name"].to_pylist():
        {code}
    return batch
""")  # fmt: skip
    error = failed(people)
    assert "plug-in 'it' ended before it had given all rows back" in error
    assert told in error
    people.put_bytes("src-a", "good.csv", b"id,name\n3,Alan\n")
    people.load("s3://src-a/good.csv")
    assert rows(people) == [{"id": 3, "name": "Alan"}]
    assert people.history("--state", "FAILED")[0]["code"] == "plugin_failed"


@pytest.mark.parametrize(("script", "told"), [
    ("import sys; sys.stdout.write('hello, this is no stream at all'); sys.stdout.flush();"
     "sys.stdin.buffer.read()", "wrote what is no Arrow stream: 'hello, this is no stream at all'"),
    ("import sys, time; sys.stdin.buffer.read(100); time.sleep(1000)",
     "did not come to the end of the file in 1500 ms (it was killed)"),
    ("import sys; sys.exit('no model in /opt/model')", "no model in /opt/model"),
    ("import pyarrow.ipc as i, pyarrow as a, sys\n"
     "t = i.open_stream(sys.stdin.buffer).read_all(); o = sys.stdout.buffer\n"
     "i.new_stream(o, t.schema, options=i.IpcWriteOptions(compression='zstd')).write_table(t)\n"
     "o.flush(); sys.stdin.buffer.read()", "Compression type"),
    ("import pyarrow.ipc as i, pyarrow as a, sys, io\n"
     "t = i.open_stream(sys.stdin.buffer).read_all(); b = io.BytesIO()\n"
     "w = i.new_stream(b, t.schema); w.write_table(t); w.close()\n"
     "sys.stdout.buffer.write(b.getvalue()[:-20]); sys.stdout.flush()\n"
     "sys.exit(0)", "ended before it had given all rows back (exit code 0)"),
    ("import pyarrow.ipc as i, pyarrow as a, sys\n"
     "t = i.open_stream(sys.stdin.buffer).read_all(); o = sys.stdout.buffer\n"
     "w = i.new_stream(o, t.schema); w.write_table(t); w.close()\n"
     "o.write(b'and more'); o.flush(); sys.stdin.buffer.read()", "wrote more behind the end"),
    ("import pyarrow.ipc as i, pyarrow as a, sys\n"
     "t = i.open_stream(sys.stdin.buffer).read_all(); o = sys.stdout.buffer\n"
     "s = a.array([b'\\xff\\xfe'], a.binary()).view(a.string())\n"
     "w = i.new_stream(o, a.schema([('bad', a.string())]));"
     "w.write_batch(a.record_batch([s], ['bad'])); w.close(); o.flush()\n"
     "sys.stdin.buffer.read()", "not UTF-8"),
])  # fmt: skip
def test_what_is_no_answer_fails_the_file(people, script, told):
    plugin(people, "it", script, timeout_ms=1_500 if "1500 ms" in told else 60_000)
    assert told in failed(people)


def test_a_plugin_knows_nothing_of_eiders(people):
    plugin(people, "it", """
import os
import pyarrow as pa
from eider_plugin import plugin

@plugin
def tell(table):
    return pa.table({"name": list(os.environ), "value": list(os.environ.values())})
""")  # fmt: skip
    people.set(AWS_SECRET_ACCESS_KEY="the secret", EIDER_SERVE_TOKEN="another-secret")
    people.load("s3://src-a/a.csv")
    told = {row["name"]: row["value"] for row in rows(people)}
    assert set(told) <= {"PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "PYTHONPATH"}


@pytest.mark.parametrize("network", [False, True])
def test_the_network_is_the_operators_to_give(people, network):
    plugin(people, "it", """
import socket
import pyarrow as pa
from eider_plugin import plugin

@plugin
def tell(table):
    try:
        socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()
        return pa.table({"may": [True]})
    except PermissionError:
        return pa.table({"may": [False]})
""", network=network)  # fmt: skip
    people.load("s3://src-a/a.csv")
    assert rows(people) == [{"may": network}]


def test_it_ends_with_eider_also_when_that_is_killed(people):
    plugin(people, "it", """
import os, sys, time
open("pid", "w").write(str(os.getpid()))
time.sleep(1000)
""")  # fmt: skip
    process = subprocess.Popen(
        people.command("run", "s3://src-a/a.csv"), env=people.environment(), cwd=people.folder,
        start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    pid = int(wait_until(lambda: (people.folder / "pid").exists() and
                         (people.folder / "pid").read_text()))  # fmt: skip
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(60)
    wait_until(lambda: not is_running(pid), "the plug-in is there still")


def test_ctrl_c_ends_a_plugin_that_hangs(people):
    plugin(people, "it", "import time; open('begun', 'w'); time.sleep(1000)")
    process = subprocess.Popen(
        people.command("run", "s3://src-a/a.csv"), env=people.environment(), cwd=people.folder,
        start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    wait_until(lambda: (people.folder / "begun").exists())
    time.sleep(0.2)
    os.kill(process.pid, signal.SIGINT)
    assert process.wait(30) == 130


def test_routes_check_tells_what_is_wrong_with_a_transform(people):
    plugin(people, "it", THROUGH)
    assert people.eider("routes", "check").exit_code == 0
    people.route("src-a", "bronze.t", transform="ti", then_sql="SELECT * FROM other",
                 on_bad_rows="reject")  # fmt: skip
    checked = people.eider("routes", "check")
    assert checked.exit_code == 1
    for told in ("there is no plug-in 'ti' in the configuration; did you mean 'it'?",
                 "there is no table other; the one that there is is transformed",
                 "on_bad_rows: reject cannot be where rows go through a plug-in"):  # fmt: skip
        assert told in checked.stdout
    assert "there is no plug-in 'ti'" in failed(people)


def test_explain_and_query_go_through_it(people):
    plugin(people, "it", THROUGH)
    people.route("src-a", "bronze.t", "SELECT * FROM read_csv('{s3_input_path}')", transform="it",
                 then_sql="SELECT upper(name) AS name FROM transformed")  # fmt: skip
    explained = people.eider("explain", "s3://src-a/a.csv")
    assert explained.exit_code == 0, explained.stdout
    assert "then through plug-in it, and of what it makes:" in explained.stdout
    asked = people.eider("query", "src-a", "s3://src-a/a.csv", "--format", "csv")
    assert asked.stdout == "name\nADA\nGRACE\n"


def test_a_prepared_file_went_through_it(people):
    plugin(people, "it", THROUGH)
    place = f"file://{people.folder}/prepared/"
    assert people.eider("prepare", "s3://src-a/", "--to", place).exit_code == 0
    committed = people.eider("commit", place, "--json")
    assert committed.lines[0]["transformed"][0]["rows_in"] == 2
    assert len(rows(people)) == 2


def test_the_configuration_tells_what_is_wrong_with_plugins(lake):
    for text, told in (("{a: {}}", "'a' has no command, as in [python3, clean.py]"),
                       ("{a: {command: python3}}", "a.command must be a list"),
                       ("{a: {command: [x], timeout: 5}}", "unknown key 'a.timeout'"),
                       ("{a: {command: [x], memory_limit: 1}}", "must be at least 16MiB"),
                       ("{a: {command: [x], network: perhaps}}", "must be true or false"),
                       ("[a]", "must be a value, not a list")):  # fmt: skip
        lake.configure(f"plugins: {text}\n")
        outcome = lake.eider("config")
        assert outcome.exit_code == 2
        assert told in outcome.stderr, outcome.stderr
    lake.configure("plugins: {a: {command: [x, 'y z'], environment: {KEY: hush}}}\n")
    shown = lake.eider("config").stdout
    assert '"command":["x","y z"]' in shown
    assert "hush" not in shown
    lake.configure()
    lake.set(EIDER_PLUGINS='{"b": {"command": ["z"]}}')
    assert '"b":{"command":["z"]' in lake.eider("config").stdout


def through(**settings: object) -> str:
    """Of a function: its plug-ins, as its environment has them."""
    program = {"command": [sys.executable, "-c", THROUGH],
               "environment": {"PYTHONPATH": str(PLUGIN / "python")}}  # fmt: skip
    return json.dumps({"it": program | settings})


def running_plugins() -> set[int]:
    """The plug-ins below this process. Others that end while one looks are left out: a process
    that nobody has waited for yet has no command line any more."""
    found = set()
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "eider_plugin" in " ".join(child.cmdline()):
                found.add(child.pid)
    return found


def is_running(pid: int) -> bool:
    """Whether a process runs: one that ended and that nobody has waited for yet does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_function_keeps_its_plugin_from_call_to_call(cloud):
    cloud.route(cloud.src_a, "bronze.t", transform="it",
                then_sql="SELECT id, name FROM transformed")  # fmt: skip
    items = [cloud.put(cloud.src_a, f"{n}.parquet", f"SELECT {n} AS id, 'x' AS name, 1 AS more")
             for n in range(4)]  # fmt: skip
    cloud.configure(EIDER_PLUGINS=through())
    plugins = set()
    with cloud.function() as function:
        for item in items:
            done = function.invoke(events.s3_event(item))
            assert done.error is None, done.error
            plugins |= running_plugins()
    assert cloud.scan_ids("bronze.t") == [0, 1, 2, 3]
    assert len(plugins) == 1


def test_a_function_is_stopped_in_time_though_its_plugin_hangs(cloud):
    cloud.route("slow", "bronze.slow", transform="hangs").route("fast", "bronze.fast")
    slow = cloud.put(cloud.src_a, "slow/a.parquet", "SELECT 1 AS id")
    fast = cloud.put(cloud.src_a, "fast/b.parquet", "SELECT 2 AS id")
    cloud.configure(EIDER_PLUGINS=json.dumps({"hangs": {"command": ["sleep", "1000"]}}))
    with cloud.function() as function:
        done = function.invoke(events.sqs(slow, fast), timeout_seconds=6)
    assert [item["itemIdentifier"] for item in done.response["batchItemFailures"]] == ["message-0"]
    assert cloud.scan_ids("bronze.fast") == [2]


def test_killed_with_its_plugin_at_any_time_each_row_is_in_once(people):
    dice = random.Random(7)
    plugin(people, "it", THROUGH.replace("return batch", "import time; time.sleep(0.05)\n"
                                                         "    return batch"))  # fmt: skip
    for number in range(8):
        people.put_bytes("src-a", f"{number}.csv", b"id,name\n%d,x\n" % (number + 10))
    for _ in range(8):
        process = subprocess.Popen(
            people.command("run", "s3://src-a/"), env=people.environment(), cwd=people.folder,
            start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        time.sleep(dice.random() * 1.5)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(60)
    people.load("s3://src-a/")
    assert people.scan_ids("bronze.t") == [1, 2, *range(10, 18)]


def test_values_of_a_column_go_each_through_its_plugin(lake):
    plugin(lake, "it", THROUGH)
    lake.set(EIDER_ROUTING_STRATEGIES="column:kind")
    lake.route("a", "bronze.a", transform="it").route("b", "bronze.b")
    lake.put("src-a", "x.parquet", "SELECT range AS id, ['a', 'b'][range % 2 + 1] AS kind"
             " FROM range(10)")  # fmt: skip
    lake.load("s3://src-a/x.parquet")
    assert lake.scan_ids("bronze.a") == [0, 2, 4, 6, 8]
    assert lake.scan_ids("bronze.b") == [1, 3, 5, 7, 9]
    lake.put_bytes("src-a", "x.csv", b"id,kind\n1,a\n")
    lake.route("a", "bronze.a", "SELECT * FROM read_csv('{s3_input_path}')", transform="it")
    outcome = lake.run("s3://src-a/x.csv")
    assert "go through a plug-in where the file is Parquet" in outcome.files[0]["error"]


def test_plugin_test_names_a_file_that_kills_its_reader(lake):
    """It told of a worker that was ended by signal 11, and exit code 139."""
    plugin(lake, "it", THROUGH)
    lake.put_bytes("src-a", "bad.csv", poison())
    done = lake.eider("plugin", "test", "it", "s3://src-a/bad.csv", "--sql", STRUCTURE)
    assert done.exit_code == 1
    assert "crashed on this file" in done.stderr
