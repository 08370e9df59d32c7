#!/usr/bin/env python3
"""The style of the house as a test: ctest runs this over the whole tree.

    tools/tidy.py [--root <checkout>]

Each rule is one function that takes a file and yields findings. Levels of rooms come from the
table in docs/architecture.md, so that the map and the test cannot disagree. The C++ rules look at
the code with comments and literals blanked out (class Source), never at a real parse: where the
text leaves a doubt, a rule stays silent.
"""

import argparse
import dataclasses
import os
import pathlib
import re
import sys

import includes

COLUMNS_MAX = 100
HEADER_LINES_MAX = 250
SOURCE_LINES_MAX = 450
FUNCTION_LINES_MAX = 70

BANNED_FILE_WORDS = {"util", "utils", "helper", "helpers", "common", "manager", "misc"}
BANNED_WORDS = ("TO" + "DO", "FIX" + "ME", "X" * 3)  # in pieces: this file is held to them too
REGISTRY_HOSTS = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("crates", "io"),
        ("registry", "npmjs", "org"),
        ("repo1", "maven", "org"),
        ("repo", "maven", "apache", "org"),
        ("proxy", "golang", "org"),
        ("deb", "debian", "org"),
    )
)

CPP_SUFFIXES = {".h", ".cc"}
SCRIPT_SUFFIXES = {".py", ".sh", ".cmake"}
TEXT_SUFFIXES = SCRIPT_SUFFIXES | {
    ".md", ".txt", ".in", ".lock", ".json", ".yaml", ".yml", ".toml", ".cfg", ".ini", ".sql",
    ".html", ".js", ".css", "",
}
SKIPPED_FOLDERS = {".git", "__pycache__", "node_modules", "golden", "venv"}


@dataclasses.dataclass(frozen=True)
class Finding:
    path: str
    line: int
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.message}"


# ---- reading C++ -----------------------------------------------------------------------------

LITERAL_OR_COMMENT = re.compile(
    r"""
      (?P<line_comment>   //(?:\\\n|[^\n])* )
    | (?P<block_comment>  /\*.*?\*/ )
    | (?P<raw>            \b(?:u8|[uUL])?R"(?P<fence>[^\s()\\]{0,16})\(.*?\)(?P=fence)" )
    | (?P<text>           "(?:\\.|[^"\\\n])*" )
    | (?P<number>         \b[0-9](?:'?[\w.])* )
    | (?P<character>      '(?:\\.|[^'\\\n])+' )
    """,
    re.VERBOSE | re.DOTALL,
)


class Source:
    """A C++ file in three layers of equal line numbers: text, code, comments."""

    def __init__(self, text):
        self.text = text
        self.raw_string_lines = set()
        comments = []

        def blank(match):
            found = match.group(0)
            if match.lastgroup == "number":
                return found
            first_line = text.count("\n", 0, match.start()) + 1
            if match.group("raw"):
                self.raw_string_lines.update(
                    range(first_line, first_line + found.count("\n") + 1))
            if match.group("line_comment") or match.group("block_comment"):
                for offset, part in enumerate(found.split("\n")):
                    comments.append((first_line + offset, part))
                return re.sub(r"[^\n]", " ", found)
            return '""' + "\n" * found.count("\n")

        self.code = LITERAL_OR_COMMENT.sub(blank, text)
        self.lines = text.split("\n")
        if self.lines and self.lines[-1] == "":
            self.lines.pop()
        self.code_lines = self.code.split("\n")
        self.comments = {}
        for line, part in comments:
            self.comments[line] = self.comments.get(line, "") + part

    def includes(self):
        """(line, name, quoted) of every include directive."""
        for number, line in enumerate(self.lines, 1):
            match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
            if match and self.code_lines[number - 1].lstrip().startswith("#"):
                yield number, match.group(2), match.group(1) == '"'


CONTAINER_HEAD = re.compile(
    r"^(?:(?:inline|static|typedef|constexpr|const)\s+|\[\[[^\]]*\]\]\s*)*"
    r'(?:namespace|class|struct|union|enum|extern\s*""$)(?![\w])'
)
FUNCTION_RETURNING_STRUCT = re.compile(r"^(?:struct|class|union|enum)\s+[\w:]+[\s*&]+[\w:]+\s*\(")


def without_template_prefix(head):
    """The head of a declaration without its `template <...>` parts."""
    while match := re.match(r"template\s*<", head):
        depth, end = 1, match.end()
        while end < len(head) and depth:
            depth += {"<": 1, ">": -1}.get(head[end], 0)
            end += 1
        head = head[end:].lstrip()
    return head


def opens_function(head):
    """Whether the brace after `head`, outside of every function, opens a function's body."""
    while head != (head := re.sub(r"\{[^{}]*\}", "", head)):
        pass  # what members are initialized with
    if "(" not in head or head.count("(") != head.count(")"):
        return False
    outside, depth = [], 0
    for char in re.sub(r"operator\s*(?:\(\s*\)|[^\w\s(]+)", "operator_", head):
        depth += char == "("
        if depth == 0:
            outside.append(char)
        depth -= char == ")"
    declarator = "".join(outside)
    if re.search(r"(?<![=!<>])=(?!=)", declarator):  # an initializer, unless it is a lambda
        return bool(re.search(r"=\s*\[[^\]]*\]", declarator))
    return True


def functions(source):
    """(first line, last line) of the body of every outermost function."""
    code = re.sub(
        r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*",
        lambda match: re.sub(r"[^\n]", " ", match.group(0)),
        source.code,
        flags=re.MULTILINE,
    )
    stack = []  # "container", "function", "member" (`: member_{1}`), "other", for every open brace
    head_start, line, body_line = 0, 1, 0
    for position, char in enumerate(code):
        if char == "\n":
            line += 1
        elif char == "{":
            head = code[head_start:position].strip()
            head = re.sub(r"^(?:(?:public|private|protected)\s*:\s*)+", "", head)
            head = without_template_prefix(head)
            if "member" in stack or head.count("(") > head.count(")"):
                stack.append("member")  # or an argument, as in `F(A a = {})`
                continue
            if any(kind != "container" for kind in stack):
                stack.append("other")
            elif "(" in head and re.match(r"[\w>]", code[position - 1]):
                stack.append("member")
                continue  # the body is still to come
            elif CONTAINER_HEAD.match(head) and not FUNCTION_RETURNING_STRUCT.match(head):
                stack.append("container")
            elif opens_function(head):
                stack.append("function")
                body_line = line
            else:
                stack.append("other")
            head_start = position + 1
        elif char == "}":
            if not stack:
                return  # braces differ between #if branches: no more can be said
            kind = stack.pop()
            if kind == "function":
                yield body_line, line
            if kind != "member":
                head_start = position + 1
        elif char == ";" and "member" not in stack:
            head_start = position + 1


# ---- the map ---------------------------------------------------------------------------------

def levels_of_rooms(architecture):
    """Room to level, from the table `| level | room | ... |` of docs/architecture.md."""
    levels = {}
    for match in re.finditer(r"^\|\s*(\d+)\s*\|\s*`?(\w+)/?`?\s*\|", architecture, re.MULTILINE):
        levels[match.group(2)] = int(match.group(1))
    return levels


def room_of(path):
    parts = pathlib.PurePosixPath(path).parts
    return parts[2] if len(parts) > 3 and parts[:2] == ("src", "eider") else None


def check_lower(path, line, room, other, levels):
    if other not in levels:
        yield Finding(path, line, f"room is not in the table of docs/architecture.md: {other}")
    elif room != other and levels[other] >= levels[room]:
        yield Finding(path, line, "a room uses only rooms of a lower level: "
                      f"{room} ({levels[room]}) uses {other} ({levels[other]})")


def check_includes(path, source, levels):
    room = room_of(path)
    if room and room not in levels:
        yield Finding(path, 1, f"room is not in the table of docs/architecture.md: {room}")
        return
    for line, name, quoted in source.includes():
        if re.match(r"duckdb(?:[./]|$)", name) and room != "engine" and not in_bench(path):
            yield Finding(path, line, "only engine/ includes DuckDB's headers")
        if not room:
            continue
        match = re.match(r"eider/(\w+)/", name)
        if quoted and not match:
            yield Finding(path, line, 'own headers are included from src/, as "eider/<room>/..."')
        if match:
            yield from check_lower(path, line, room, match.group(1), levels)


def in_bench(path):
    return path.startswith("bench/")


def check_room_build(path, text, levels):
    """The rooms that a CMakeLists.txt names in DEPS are lower ones too."""
    for match in re.finditer(r"^eider_room\(\s*(\w+)([^)]*)\)", text, re.MULTILINE):
        room, arguments = match.groups()
        line = text.count("\n", 0, match.start()) + 1
        if room not in levels:
            yield Finding(path, line, f"room is not in the table of docs/architecture.md: {room}")
            continue
        deps = re.search(r"\bDEPS\b((?:\s+(?!LINK\b|PRIVATE\b)\w+)*)", arguments)
        for other in deps.group(1).split() if deps else ():
            yield from check_lower(path, line, room, other, levels)


# ---- C++ -------------------------------------------------------------------------------------

def check_cpp_size(path, source):
    is_header = path.endswith(".h")
    lines_max = HEADER_LINES_MAX if is_header else SOURCE_LINES_MAX
    if len(source.lines) > lines_max:
        kind = "header" if is_header else "source"
        yield Finding(path, lines_max + 1,
                      f"a {kind} has at most {lines_max} lines: {len(source.lines)}")
    for first, last in functions(source):
        if last - first + 1 > FUNCTION_LINES_MAX:
            yield Finding(path, first, f"a function has at most {FUNCTION_LINES_MAX} lines: "
                          f"{last - first + 1}")


def check_pragma_once(path, source):
    if path.endswith(".h") and not any(
            re.match(r"\s*#\s*pragma\s+once\b", line) for line in source.code_lines):
        yield Finding(path, 1, "a header has #pragma once")


OWNED_AT_ONCE = re.compile(r"\bunique_ptr<.*>\s*\w*[({]\s*new\b")  # for private constructors
BANNED_CODE = (
    (re.compile(r"\busing\s+namespace\s+std\s*;"), "no `using namespace` for std"),
    (re.compile(r"(?<!operator )\bnew\b"), "no raw new: make_unique, or a value"),
    (re.compile(r"(?<!operator )(?<!= )(?<!=)\bdelete\b"), "no raw delete: unique_ptr, or a value"),
)


def check_cpp_code(path, source):
    room = room_of(path)
    for number, line in enumerate(source.code_lines, 1):
        if line.lstrip().startswith("#"):
            continue
        for pattern, message in BANNED_CODE:
            with_previous = source.code_lines[max(number - 2, 0)] + line
            if pattern.search(line) and not OWNED_AT_ONCE.search(with_previous):
                yield Finding(path, number, message)
        if room and room != "app" and re.search(r"\bstd::cout\b", line):
            yield Finding(path, number, "only app/ writes to std::cout")


def check_shared_ptr(path, source):
    for number, line in enumerate(source.code_lines, 1):
        if not re.search(r"\bshared_ptr\b", line) or line.lstrip().startswith("#"):
            continue
        if not any("shared:" in source.comments.get(near, "")
                   for near in lines_that_explain(source, number)):
            yield Finding(path, number, "shared_ptr needs its reason: a comment `// shared: ...`")


def lines_that_explain(source, number):
    """The line before with the comment that ends there, and the statement to its end."""
    yield number
    before = number - 1
    yield before
    while before in source.comments and not source.code_lines[before - 1].strip():
        before -= 1
        yield before
    end = number
    while end < len(source.code_lines) and not re.search(r"[;{}]", source.code_lines[end - 1]):
        end += 1
        yield end


# ---- every file ------------------------------------------------------------------------------

def check_file_name(path):
    name = pathlib.PurePosixPath(path).name
    words = set(re.split(r"[^a-z0-9]+", name.split(".")[0].lower()))
    for word in sorted(words & BANNED_FILE_WORDS):
        yield Finding(path, 1, f"a file is named after its one idea, not `{word}`")


def check_columns(path, lines, exempt=frozenset()):
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS_MAX and number not in exempt:
            yield Finding(path, number, f"a line has at most {COLUMNS_MAX} columns: {len(line)}")


def check_words(path, lines):
    pattern = re.compile(r"\b(" + "|".join(BANNED_WORDS) + r")\b")
    for number, line in enumerate(lines, 1):
        if match := pattern.search(line):
            yield Finding(path, number, f"do it, or write it down elsewhere: {match.group(1)}")


def check_hosts(path, lines):
    for number, line in enumerate(lines, 1):
        for host in REGISTRY_HOSTS:
            if host in line:
                yield Finding(path, number, f"name the registry's client, not its host: {host}")


def own_include(line):
    """The header of the house that a line includes."""
    match = re.match(r'#include "(eider/[^"]+)"', line)
    return match.group(1) if match else None


def check_opening(path, lines):
    """A file says first what it is; a CMakeLists.txt of one call need not, nor a source whose own
    header does, which it includes first."""
    opening = [line.strip() for line in lines if line.strip()]
    if path.endswith("/CMakeLists.txt") and re.match(r"eider_\w+\(", opening[0] if opening else ""):
        return
    if opening and opening[0].startswith("#!"):
        opening.pop(0)
    if opening and includes.own_header(path) == own_include(opening[0]) is not None:
        return
    starts = ("//", "/*") if path.endswith((".h", ".cc")) else ("#", '"""', 'r"""')
    if opening and not opening[0].startswith(starts):
        yield Finding(path, 1, "a file opens with a comment that says what it is")


def is_script(path, lines):
    file = pathlib.PurePosixPath(path)
    return (file.suffix in SCRIPT_SUFFIXES or file.name == "CMakeLists.txt"
            or bool(lines) and lines[0].startswith("#!"))


def check_cpp(path, text, levels, headers=None):
    source = Source(text)
    if headers:
        for line, message in includes.check(path, source, headers):
            yield Finding(path, line, message)
    yield from check_includes(path, source, levels)
    yield from check_pragma_once(path, source)
    yield from check_cpp_size(path, source)
    yield from check_cpp_code(path, source)
    yield from check_shared_ptr(path, source)
    yield from check_columns(path, source.lines, source.raw_string_lines)


def check_file(path, text, levels, headers=None):
    """Every finding in one file; `path` is relative to the root, with slashes. Without `headers`
    it is not looked at what is included."""
    lines = text.split("\n")
    yield from check_file_name(path)
    yield from check_hosts(path, lines)
    if path.endswith(tuple(CPP_SUFFIXES)):
        yield from check_cpp(path, text, levels, headers)
    elif is_script(path, lines):
        yield from check_columns(path, lines)
        if path.endswith("CMakeLists.txt"):
            yield from check_room_build(path, text, levels)
    else:
        return
    yield from check_words(path, lines)
    yield from check_opening(path, lines)


def headers_of(root):
    """The house's headers, as rules about includes need them."""

    def read(path):
        try:
            return Source((root / path).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None

    return includes.Headers(read)


def files_of(root):
    """Relative paths of the tree's text files, without what is built or fetched."""
    for folder, folders, names in os.walk(root):
        here = pathlib.Path(folder).relative_to(root)
        folders[:] = sorted(
            name for name in folders
            if name not in SKIPPED_FOLDERS
            and not (here == pathlib.Path(".") and name.startswith("build")))
        for name in sorted(names):
            if pathlib.PurePosixPath(name).suffix in CPP_SUFFIXES | TEXT_SUFFIXES:
                yield (here / name).as_posix()


def check_tree(root):
    architecture = root / "docs" / "architecture.md"
    levels = levels_of_rooms(architecture.read_text(encoding="utf-8"))
    if not levels:
        yield Finding("docs/architecture.md", 1, "no table `| level | room | ... |` of the rooms")
    headers = headers_of(root)
    for path in files_of(root):
        try:
            text = (root / path).read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            continue  # not text, or removed meanwhile
        yield from check_file(path, text, levels, headers)


def main():
    parser = argparse.ArgumentParser(description="holds the tree to the style of the house")
    parser.add_argument("--root", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parent.parent)
    findings = list(check_tree(parser.parse_args().root))
    for finding in findings:
        print(finding)
    print(f"tidy: {len(findings)} findings" if findings else "tidy: clean")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
