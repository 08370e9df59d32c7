#!/usr/bin/env python3
"""Names of two files of a room that cannot be compiled as one.

The preset asan and the tests of a fresh clone compile several files of a room together (CMake's
unity build, cmake/room.cmake). What two of them call by the same name at their own, in an unnamed
namespace, is an error there and nowhere before; so is a type of one's own that is called like one
of the room's headers, which another file of them includes. Files that a room's CMakeLists.txt lists
as APART are compiled alone. Overloads of functions and equal aliases may stay.

    tools/clashes.py      prints each clash in a line; exit code 1 where there is one
"""

import re
import sys
from collections import defaultdict
from pathlib import Path

UNNAMED = re.compile(r"^namespace \{\n(.*?)^\}  // namespace$", re.DOTALL | re.MULTILINE)
TYPE = re.compile(r"(?:class|struct|enum class)\s+(\w+)")
ALIAS = re.compile(r"using\s+(\w+)\s*=\s*(.*);")
CONSTANT = re.compile(r"(?:constexpr|const|inline|static)[^=({]*?\b(\w+)(?:\[\w*\])?\s*[={(]")
FUNCTION = re.compile(r"[\w:<>,&*\s\[\]]+?[\s&*](\w+)\((.*)")
QUALIFIER = re.compile(r"\b\w+::")
PARAMETER_NAME = re.compile(r"\b\w+(?=[,)])")


def kind_of(line: str) -> tuple[str, str] | None:
    """The name that a line at the left margin declares, and what it is."""
    if found := TYPE.match(line):
        return found[1], "a type"
    if found := ALIAS.match(line):
        return found[1], f"an alias of {QUALIFIER.sub('', found[2])}"
    function = FUNCTION.match(line)
    begins_body = function is not None and line.endswith(("{", ","))
    if not begins_body and (found := CONSTANT.match(line)):
        return found[1], "a constant"
    if function:
        return function[1], f"a function of ({PARAMETER_NAME.sub('', function[2])}"
    return None


def names_of(text: str) -> dict[str, str]:
    names = {}
    for body in UNNAMED.findall(text):
        for line in body.splitlines():
            if line and line[0] not in ' /}#)"' and (found := kind_of(line)):
                names[found[0]] = found[1]
    return names


def types_of_header(text: str) -> set[str]:
    return {found[1] for line in text.splitlines() if (found := TYPE.match(line)) and "{" in line}


def clashes_with_headers(files: dict[str, str], headers: dict[str, str]) -> list[str]:
    """Of the contents of files, and of the room's headers, by their names."""
    public = {name: header for header, text in headers.items() for name in types_of_header(text)}
    return [f"{name}: a type in {file}, and of {public[name]}" for file, text in files.items()
            for name, kind in names_of(text).items() if kind == "a type" and name in public]


def clashes_of(files: dict[str, str]) -> list[str]:
    """Of the contents of files by their names."""
    kinds = defaultdict(dict)
    for file, text in files.items():
        for name, kind in names_of(text).items():
            kinds[name][file] = kind
    clashes = []
    for name, by_file in sorted(kinds.items()):
        of = list(by_file.values())
        are_equal_aliases = len(set(of)) == 1 and of[0].startswith("an alias")
        are_overloads = len(set(of)) == len(of) and all("function" in kind for kind in of)
        if len(of) > 1 and not are_equal_aliases and not are_overloads:
            clashes.append(f"{name}: {', '.join(f'{kind} in {f}' for f, kind in by_file.items())}")
    return clashes


def apart_in(build: str) -> set[str]:
    """The files that a room's CMakeLists.txt compiles alone."""
    found = re.search(r"APART\s+((?:[\w/]+\.cc\s*)+)", build)
    return set(found[1].split()) if found else set()


def clashes_of_room(room: Path) -> list[str]:
    apart = apart_in((room / "CMakeLists.txt").read_text())
    alone = re.compile(r"_benchmark\.cc$|_fuzz\.cc$|^main\.cc$")
    sources, tests = {}, {}
    for path in sorted(room.glob("*.cc")):
        if path.name not in apart and not alone.search(path.name):
            (tests if path.name.endswith("_test.cc") else sources)[path.name] = path.read_text()
    headers = {path.name: path.read_text() for path in sorted(room.glob("*.h"))}
    return [f"{room}: {clash}" for files in (sources, tests)
            for clash in clashes_of(files) + clashes_with_headers(files, headers)]  # fmt: skip


def main() -> int:
    root = Path(__file__).resolve().parents[1]
    rooms = sorted(path.parent for path in root.glob("src/eider/*/CMakeLists.txt"))
    clashes = [clash for room in rooms for clash in clashes_of_room(room)]
    print("\n".join([*clashes, f"clashes: {len(clashes) or 'none'}"]))
    return 1 if clashes else 0


if __name__ == "__main__":
    sys.exit(main())
