#!/usr/bin/env python3
"""The zip of the Lambda function, from the program that cmake linked for it.

    tools/package_lambda.py <bootstrap> <zip>

In it: `bootstrap`, in `lib/` the loader and every library that it needs, and in `lib/gconv/` the
encodings of the C library, as they are on the machine that built it, stripped. The same input gives
the same bytes. `./dev package lambda` calls this.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile

TIME = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip can tell
EXECUTABLE = 0o100755
UNZIPPED_BYTES_MAX = 250 * 1024 * 1024  # "Lambda quotas": function and layers, unzipped
UPLOAD_BYTES_MAX = 50 * 1024 * 1024  # the same: a zip that is uploaded directly


def output_of(*command: object) -> str:
    return subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE,
                          text=True).stdout  # fmt: skip


def interpreter_of(program: pathlib.Path) -> str:
    found = re.search(r"program interpreter: (\S+)\]", output_of("readelf", "-l", program))
    if not found:
        sys.exit(f"{program} has no program interpreter: is it the bootstrap that cmake links?")
    return pathlib.PurePath(found[1]).name


def loader_named(name: str) -> pathlib.Path:
    for folder in ("/lib64", "/lib", "/usr/lib64", "/usr/lib"):
        if (path := pathlib.Path(folder, name)).exists():
            return path.resolve()
    sys.exit(f"the loader {name} is not on this machine")


def libraries_of(loader: pathlib.Path, program: pathlib.Path) -> dict[str, pathlib.Path]:
    """Every shared library that the program needs, directly or not, by its soname."""
    listed = output_of(loader, "--list", program)
    if missing := re.findall(r"(\S+) => not found", listed):
        sys.exit(f"{program} needs libraries that are not here: {', '.join(missing)}")
    return {name: pathlib.Path(path).resolve()
            for name, path in re.findall(r"^\s*([^\s/]+) => (/\S+) \(", listed, re.MULTILINE)}


def copy_encodings(source: pathlib.Path, target: pathlib.Path) -> None:
    """iconv's modules, and the lists that name them (gconv-modules, gconv-modules.d)."""
    if not (source / "gconv-modules").is_file():
        sys.exit(f"the encodings of the C library are not in {source}")
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.cache"))


def collect(bootstrap: pathlib.Path, folder: pathlib.Path) -> None:
    library_folder = folder / "lib"
    library_folder.mkdir(parents=True)
    loader_name = interpreter_of(bootstrap)
    loader = loader_named(loader_name)
    # DT_RPATH names a folder that is not there yet: the program beside it tells the libraries.
    libraries = libraries_of(loader, bootstrap.parent.parent / "eider")
    libraries[loader_name] = loader
    shutil.copyfile(bootstrap, folder / "bootstrap")
    for name, path in libraries.items():
        shutil.copyfile(path, library_folder / name)
    copy_encodings(libraries["libc.so.6"].parent / "gconv", library_folder / "gconv")
    for path in [path for path in folder.rglob("*") if path.is_file()]:
        path.chmod(0o755)
        if "gconv-modules" in str(path):
            continue
        subprocess.run(["strip", "--strip-unneeded", path], check=True)


def write_zip(folder: pathlib.Path, target: pathlib.Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".partial")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), TIME)
            entry.create_system = 3  # Unix: the mode counts
            entry.external_attr = EXECUTABLE << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
    partial.replace(target)


def tell(target: pathlib.Path) -> None:
    with zipfile.ZipFile(target) as archive:
        entries = archive.infolist()
    for entry in sorted(entries, key=lambda entry: -entry.file_size):
        print(f"{entry.file_size / 2**20:8.2f} MiB  {entry.filename}")
    unzipped, zipped = sum(entry.file_size for entry in entries), target.stat().st_size
    print(f"{unzipped / 2**20:8.2f} MiB  unzipped, {len(entries)} files")
    print(f"{zipped / 2**20:8.2f} MiB  {target}")
    if unzipped > UNZIPPED_BYTES_MAX:
        sys.exit(f"Lambda takes at most {UNZIPPED_BYTES_MAX} bytes unzipped")
    if zipped > UPLOAD_BYTES_MAX:
        print("more than Lambda takes by direct upload: deploy it by way of S3")


def main(bootstrap: str, target: str) -> None:
    with tempfile.TemporaryDirectory() as work:
        folder = pathlib.Path(work, "task")
        collect(pathlib.Path(bootstrap).resolve(), folder)
        write_zip(folder, pathlib.Path(target))
    tell(pathlib.Path(target))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
