"""What a container's image is built of: it has all that the program needs, and nothing else."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TREE = Path(__file__).parents[2]
PACKAGE = os.environ.get("EIDER_PACKAGE", "")
CONFIGURATION = """
warehouse: file:///data/warehouse
catalog: {name: lake, type: sql, uri: "sqlite:////data/catalog.db"}
ledger: {type: sqlite, path: /data/ledger.db}
routing: {store: file, path: routes.yaml}
buckets: {in: /data/in}
"""
ROUTES = """
routes:
  - PartitionKey: in
    target_table: bronze.texts
    query_sql: SELECT * FROM read_csv('{s3_input_path}')
    create_table: true
    encoding: latin1
"""


@pytest.fixture
def root(tmp_path):
    if not PACKAGE:
        pytest.skip("EIDER_PACKAGE names no zip: ./dev package lambda makes one")
    folder = tmp_path / "container"
    subprocess.run([sys.executable, TREE / "tools" / "package_container.py", PACKAGE, folder],
                   check=True)  # fmt: skip
    dockerfile = (folder / "Dockerfile").read_text()
    assert "FROM scratch\nCOPY root/ /\n" in dockerfile
    assert "USER 65532:65532\n" in dockerfile
    (folder / "root" / "proc").mkdir()
    return folder / "root"


def in_container(root: Path, *arguments: str) -> subprocess.CompletedProcess:
    """As an engine of containers runs it: another root, processes of its own, no rights."""
    unshare = shutil.which("unshare")
    if os.geteuid() != 0 or not unshare:
        pytest.skip("another root is for root to give")
    dockerfile = (root.parent / "Dockerfile").read_text()
    environment = dict(re.findall(r"^ENV (\w+)=(\S+)$", dockerfile, re.MULTILINE))
    return subprocess.run(
        [unshare, "--fork", "--pid", "--mount-proc", f"--root={root}",
         "--setgid=65532", "--setuid=65532", "/var/task/eider", *arguments],
        env=environment, capture_output=True, text=True)  # fmt: skip


def test_an_image_of_it_loads_a_file(root):
    data = root / "data"
    (data / "eider.yaml").write_text(CONFIGURATION)
    (data / "routes.yaml").write_text(ROUTES)
    (data / "in").mkdir()
    (data / "in" / "a.csv").write_bytes("name\nM\xfcller\n".encode("latin1"))
    done = in_container(root, "run", "--config", "/data/eider.yaml", "/data/in/a.csv")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 row to bronze.texts" in done.stdout
    shown = in_container(root, "table", "show", "bronze.texts", "--config", "/data/eider.yaml")
    assert shown.returncode == 0 and "name" in shown.stdout, shown.stderr
    assert list(data.glob("warehouse/bronze/texts/data/*.parquet"))


def test_it_has_certificates_to_trust_and_no_shell(root):
    assert (root / "etc/ssl/certs/ca-certificates.crt").stat().st_size > 100_000
    assert sorted(path.name for path in (root / "var/task").iterdir()) == ["eider", "lib"]
    assert not (root / "bin").exists() and not (root / "usr").exists()


def test_the_files_beside_the_compose_file_are_right(root):
    for name in ("eider.yaml", "routes.yaml"):
        shutil.copy(TREE / "deploy" / "compose" / name, root / "data")
    shown = in_container(root, "config", "--config", "/data/eider.yaml")
    assert shown.returncode == 0 and "/data/in" in shown.stdout, shown.stderr
    checked = in_container(root, "routes", "check", "--config", "/data/eider.yaml")
    assert checked.returncode == 0, checked.stdout + checked.stderr
