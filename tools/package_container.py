#!/usr/bin/env python3
"""The folder that a container's image is built of, from the zip of the Lambda function.

    tools/package_container.py <zip> <folder>

In it: deploy/container/Dockerfile, and in `root/` all that the image holds: the program with its
loader, libraries and encodings where the zip's program looks for them, the certificates that this
machine trusts, and empty folders to work in. `./dev package container` calls this.
"""

import pathlib
import shutil
import sys
import zipfile

DOCKERFILE = pathlib.Path(__file__).parent.parent / "deploy" / "container" / "Dockerfile"
CERTIFICATES = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")
USER = "65532:65532"


def unpack(source: pathlib.Path, task: pathlib.Path) -> None:
    with zipfile.ZipFile(source) as archive:
        archive.extractall(task)
        for entry in archive.infolist():
            (task / entry.filename).chmod(0o755)
    # Called so it is the command-line program; the zip's name for it means Lambda.
    (task / "bootstrap").rename(task / "eider")


def main(source: str, target: str) -> None:
    folder = pathlib.Path(target)
    shutil.rmtree(folder, ignore_errors=True)
    root = folder / "root"
    unpack(pathlib.Path(source), root / "var" / "task")
    (root / "etc" / "ssl" / "certs").mkdir(parents=True)
    shutil.copyfile(CERTIFICATES, root / "etc" / "ssl" / "certs" / CERTIFICATES.name)
    name, group = USER.split(":")
    (root / "etc" / "passwd").write_text(f"eider:x:{name}:{group}::/data:/\n")
    (root / "etc" / "group").write_text(f"eider:x:{group}:\n")
    for work in ("tmp", "data"):
        (root / work).mkdir()
        (root / work).chmod(0o1777)
    shutil.copyfile(DOCKERFILE, folder / "Dockerfile")
    size = sum(path.stat().st_size for path in root.rglob("*") if path.is_file())
    print(f"{size / 2**20:8.2f} MiB  {folder}; an image of it: docker build -t eider {folder}")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
