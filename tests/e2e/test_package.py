"""The zip of the function, started as Lambda starts it: in a root that holds the zip's files and
nothing of the machine that built it.

EIDER_PACKAGE names the zip. In the root are /var/task with the zip's files, /dev, /proc, /tmp, and
a lake of local folders below /tmp. /lib64, where Lambda's LD_LIBRARY_PATH leads first and Amazon
Linux has an older glibc, holds files of that name that cannot be loaded: nothing may look there.
"""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "stand_ins"))
from runtime_api import LambdaProcess, RuntimeApi  # noqa: E402

LIBRARY_PATH = "/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib"
UNZIPPED_BYTES_MAX = 250 * 1024 * 1024
CONFIGURATION = {
    "EIDER_WAREHOUSE": "file:///tmp/warehouse",
    "EIDER_CATALOG_TYPE": "sql",
    "EIDER_CATALOG_URI": "sqlite:////tmp/catalog.db",
    "EIDER_ROUTING_STORE": "file",
    "EIDER_ROUTING_PATH": "/tmp/routes.yaml",
    "EIDER_LEDGER_PATH": "/tmp/ledger.db",
    "EIDER_BUCKETS": "src-a=/tmp/src-a",
    "LD_LIBRARY_PATH": LIBRARY_PATH,
}
ROUTES = """routes:
  - PartitionKey: src-a
    target_table: bronze.people
    query_sql: SELECT * FROM read_csv('{s3_input_path}')
    create_table: true
    encoding: windows-1252
"""


@pytest.fixture(scope="module")
def package() -> Path:
    path = os.environ.get("EIDER_PACKAGE", "")
    if not path:
        pytest.skip("EIDER_PACKAGE names no zip; ./dev package lambda makes one")
    assert Path(path).is_file(), f"EIDER_PACKAGE names no file: {path}"
    return Path(path)


def in_root(root: Path, *command: str) -> list[str]:
    """The command inside of the root, with /dev and /proc, in a mount namespace of its own."""
    unshare = ["unshare", "--mount"] if os.geteuid() == 0 else \
        ["unshare", "--user", "--map-root-user", "--mount"]  # fmt: skip
    script = ('mount --rbind /dev "$0/dev" && mount --rbind /proc "$0/proc" && '
              'exec env -u PWD chroot "$0" "$@"')  # fmt: skip
    return [*unshare, "sh", "-c", script, str(root), *command]


@pytest.fixture
def root(package, tmp_path) -> Path:
    with zipfile.ZipFile(package) as archive:
        for entry in archive.infolist():
            file = Path(archive.extract(entry, tmp_path / "var" / "task"))
            file.chmod(entry.external_attr >> 16 & 0o777)
    for folder in ("dev", "proc", "tmp/src-a", "lib64"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("libc.so.6", "libstdc++.so.6", "libm.so.6", "libcurl.so.4"):
        (tmp_path / "lib64" / name).write_text("of another distribution")
    (tmp_path / "tmp" / "routes.yaml").write_text(ROUTES)
    tried = subprocess.run(in_root(tmp_path, "/var/task/bootstrap", "--version"),
                           env=CONFIGURATION | {"PATH": os.environ["PATH"]},
                           capture_output=True, text=True, check=False)  # fmt: skip
    if "Operation not permitted" in tried.stderr and "eider" not in tried.stdout:
        pytest.skip(f"mount or chroot is not permitted here: {tried.stderr.strip()}")
    assert tried.returncode == 0, tried.stderr
    assert tried.stdout.startswith("eider ")
    return tmp_path


def test_zip_holds_the_bootstrap_and_libraries_only(package):
    with zipfile.ZipFile(package) as archive:
        entries = archive.infolist()
    names = {entry.filename for entry in entries}
    assert {"bootstrap", "lib/libduckdb.so", "lib/libc.so.6"} <= names
    assert all(name == "bootstrap" or name.startswith("lib/") for name in names)
    assert all(entry.external_attr >> 16 & 0o111 == 0o111 for entry in entries)
    assert sum(entry.file_size for entry in entries) < UNZIPPED_BYTES_MAX


def test_an_invocation_is_served_in_an_empty_root(root):
    (root / "tmp" / "src-a" / "x.csv").write_bytes("id,name\n1,a\n2,ü\n".encode("cp1252"))
    record = {"eventSource": "aws:s3", "eventName": "ObjectCreated:Put",
              "s3": {"bucket": {"name": "src-a"}, "object": {"key": "x.csv"}}}  # fmt: skip
    environment = CONFIGURATION | {"PATH": os.environ["PATH"]}
    command = in_root(root, "/var/task/bootstrap")
    with RuntimeApi() as api, LambdaProcess(command, environment, api) as function:
        done = function.invoke({"Records": [record]})
    assert done.error is None
    assert done.response == {"loaded": 1, "skipped": 0, "held": 0, "superseded": 0, "rows": 2}
    assert list((root / "tmp" / "warehouse").rglob("*.parquet"))
