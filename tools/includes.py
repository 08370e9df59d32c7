"""Include what is used, as far as names tell: part of tidy.py.

    tools/includes.py [--root <checkout>] [--fix]

A header of the standard library or of the house goes when a file has none of its names, and a name
of the standard library brings its header, in the file itself or in the header it is the source of.
Where a name has several headers, or a header's names cannot be told, the rule stays silent; what
eider/base/result.h is made of (std::expected) comes with it.
"""

import argparse
import pathlib
import re
import sys

# Names that only this header has; what several have (std::swap, std::size_t) is left out.
STANDARD = {
    "algorithm": "all_of any_of none_of find_if find_if_not count_if min max clamp min_element "
                 "max_element minmax copy_if copy_n copy_backward fill fill_n generate remove_if "
                 "remove_copy_if replace_if sort stable_sort partial_sort is_sorted nth_element "
                 "lower_bound upper_bound equal_range binary_search partition stable_partition "
                 "adjacent_find unique rotate transform mismatch set_difference includes merge "
                 "lexicographical_compare shuffle equal for_each count find search reverse replace",
    "array": "array to_array",
    "atomic": "atomic atomic_bool atomic_flag",
    "bit": "bit_cast bit_width countl_zero countr_zero popcount endian rotl",
    "charconv": "from_chars to_chars from_chars_result",
    "chrono": "chrono",
    "compare": "strong_ordering weak_ordering partial_ordering",
    "condition_variable": "condition_variable condition_variable_any cv_status",
    "cstdint": "int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t uintptr_t",
    "cstring": "memcpy memcmp memmove memset memchr strlen strcmp strerror",
    "deque": "deque",
    "exception": "exception exception_ptr current_exception rethrow_exception terminate",
    "filesystem": "filesystem",
    "fstream": "ifstream ofstream fstream",
    "functional": "function move_only_function hash less greater equal_to invoke cref "
                  "reference_wrapper",
    "future": "future promise packaged_task async shared_future",
    "iostream": "cout cerr cin",
    "iterator": "back_inserter inserter make_move_iterator istreambuf_iterator ostream_iterator "
                "input_iterator_tag forward_iterator_tag",
    "latch": "latch",
    "limits": "numeric_limits",
    "list": "list",
    "map": "map multimap",
    "memory": "unique_ptr shared_ptr weak_ptr make_unique make_shared enable_shared_from_this "
              "default_delete",
    "mutex": "mutex lock_guard unique_lock scoped_lock once_flag call_once recursive_mutex",
    "numeric": "accumulate iota gcd lcm midpoint partial_sum",
    "optional": "optional nullopt nullopt_t make_optional",
    "ostream": "ostream endl flush",
    "queue": "queue priority_queue",
    "random": "mt19937 mt19937_64 random_device uniform_int_distribution",
    "ratio": "ratio milli micro nano",
    "regex": "regex smatch regex_match regex_search regex_replace",
    "semaphore": "counting_semaphore binary_semaphore",
    "set": "set multiset",
    "shared_mutex": "shared_mutex shared_lock",
    "span": "span as_bytes",
    "sstream": "ostringstream istringstream stringstream",
    "stop_token": "stop_token stop_source stop_callback",
    "string": "string to_string stoi stol stoll stoull stod getline char_traits",
    "string_view": "string_view basic_string_view",
    "system_error": "error_code error_condition errc system_error make_error_code",
    "thread": "thread jthread this_thread",
    "tuple": "tuple tie make_tuple tuple_size tuple_element forward_as_tuple apply",
    "type_traits": "is_same_v is_base_of_v decay_t remove_cvref_t enable_if_t conditional_t "
                   "is_integral_v is_signed_v is_unsigned_v make_unsigned_t underlying_type_t "
                   "is_enum_v false_type true_type is_void_v is_floating_point_v void_t",
    "typeinfo": "type_info bad_cast",
    "unordered_map": "unordered_map unordered_multimap",
    "unordered_set": "unordered_set",
    "utility": "move forward pair exchange make_pair as_const declval to_underlying in_place "
               "piecewise_construct index_sequence unreachable cmp_less",
    "variant": "variant visit get_if holds_alternative monostate",
    "vector": "vector",
}
RANGES_OF_ALGORITHM = re.compile(
    r"\bstd::ranges::(?!(?:views|subrange|begin|end|size|empty)\b)\w+")
HEADER_OF = {name: header for header, names in STANDARD.items() for name in names.split()}
STANDARD_NAME = re.compile(r"\bstd::(\w+)")
# Also reached without a name of theirs: by a type's members, operators or macros.
NEVER_UNUSED = {"ostream", "utility", "cstdint", "compare", "iterator", "chrono", "type_traits"}

DECLARED = re.compile(
    r"""^(?:template\s*<[^;{]*?>\s*)?
      (?: (?:class|struct|union|enum(?:\s+class)?|concept)\s+(?:\[\[[^\]]*\]\]\s*)?(\w+)
        | (?:__extension__\s+)?using\s+(\w+)\s*=
        | [#]\s*define\s+(\w+)
        | (?:(?:inline|constexpr|const|extern|static)\s+)+[\w:<>,\s*&]*?\b(k\w+)\s*[\[={(]
        | [\w:<>,\[\]\s*&]*?\b(\w+)\s*\( )""",
    re.MULTILINE | re.VERBOSE)
WORD = re.compile(r"\b\w+\b")


def names_of(code):
    """What a header declares outside of its classes."""
    return {name for match in DECLARED.finditer(code) for name in match.groups() if name}


def standard_of(source):
    """Headers of the standard library whose names the file has, each with a line."""
    found = {}
    for number, line in enumerate(source.code_lines, 1):
        for match in STANDARD_NAME.finditer(line):
            header = HEADER_OF.get(match.group(1))
            if header:
                found.setdefault(header, number)
        if RANGES_OF_ALGORITHM.search(line):
            found.setdefault("algorithm", number)
    return found


class Headers:
    """The house's headers by the names under which they are included."""

    def __init__(self, read):
        self.read = read  # path -> Source, or None where there is no such file
        self.names = {}

    def names_in(self, included):
        if included not in self.names:
            source = self.read("src/" + included)
            self.names[included] = names_of(source.code) if source else set()
        return self.names[included]


def own_header(path):
    """The header that a file is the source or the test of, as it is included."""
    match = re.match(r"src/(eider/.+?)(?:_test|_fuzz|_benchmark)?\.cc$", path)
    return match.group(1) + ".h" if match else None


def unused(path, source, headers):
    """(line, include) of what the file has no name of."""
    words = set(WORD.findall("\n".join(
        line for line in source.code_lines if not line.lstrip().startswith("#include"))))
    used = standard_of(source)
    for line, name, quoted in source.includes():
        if quoted and name.startswith("eider/"):
            names = headers.names_in(name)
            if names and name != own_header(path) and not names & words:
                yield line, name
        elif not quoted and name in STANDARD and name not in used and name not in NEVER_UNUSED:
            yield line, name


def missing(path, source, headers):
    """(line, header) of names of the standard library."""
    have = {name for _, name, _ in source.includes()}
    own = own_header(path)
    if own in have:
        header = headers.read("src/" + own)
        have |= {name for _, name, _ in header.includes()} if header else set()
    for header, line in standard_of(source).items():
        if header not in have:
            yield line, header


def check(path, source, headers):
    """(line, message) of every finding."""
    for line, name in unused(path, source, headers):
        yield line, f"nothing of {name} is used here"
    for line, name in missing(path, source, headers):
        yield line, f"a name of <{name}> is used, which is not included"


def fixed(path, source, headers):
    """The file's text without findings."""
    lines = list(source.lines)
    for line, _ in unused(path, source, headers):
        lines[line - 1] = None
    wanted = [name for _, name in missing(path, source, headers)]
    system = [line for line, name, quoted in source.includes() if not quoted and "." not in name]
    after = system[-1] if system else next(
        (line for line, _, _ in source.includes()), source.lines.index("#pragma once") + 2
        if "#pragma once" in source.lines else 1)
    out = []
    for number, line in enumerate(lines, 1):
        if line is not None:
            out.append(line)
        if number == after and wanted:
            out += [f"#include <{name}>" for name in sorted(wanted)]
    return "\n".join(out) + "\n"


def main():
    import tidy
    parser = argparse.ArgumentParser(description="includes, file by file")
    parser.add_argument("--root", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("--fix", action="store_true", help="write the files without findings")
    options = parser.parse_args()
    headers = tidy.headers_of(options.root)
    for path in tidy.files_of(options.root):
        if not path.endswith(tuple(tidy.CPP_SUFFIXES)):
            continue
        source = tidy.Source((options.root / path).read_text(encoding="utf-8"))
        findings = list(check(path, source, headers))
        for line, message in findings:
            print(f"{path}:{line}: {message}")
        if findings and options.fix:
            (options.root / path).write_text(fixed(path, source, headers), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
