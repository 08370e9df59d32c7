#!/usr/bin/env python3
"""Tests of tidy.py: each rule once where it must speak and once where it must not."""

import pathlib
import tempfile
import unittest

import includes
import tidy

ARCHITECTURE = """# Map

| level | room | what lives here |
|---|---|---|
| 0 | `base/` | values |
| 5 | `iceberg/` | the format |
| 6 | `engine/` | DuckDB |
| 6 | `ledger/` | the store |
| 9 | `app/` | main |
"""
LEVELS = tidy.levels_of_rooms(ARCHITECTURE)


def messages(path, text):
    return [f"{finding.line}: {finding.message}" for finding in
            tidy.check_file(path, text, LEVELS)]


def header(body):
    return "// A header.\n#pragma once\n" + body


def spans(code):
    return list(tidy.functions(tidy.Source(code)))


class Case(unittest.TestCase):
    def assert_clean(self, path, text):
        self.assertEqual(messages(path, text), [])

    def assert_found(self, path, text, *expected):
        found = messages(path, text)
        self.assertEqual(len(found), len(expected), found)
        for message, part in zip(found, expected):
            self.assertIn(part, message)


class Map(Case):
    def test_levels_come_from_the_table(self):
        self.assertEqual(LEVELS, {"base": 0, "iceberg": 5, "engine": 6, "ledger": 6, "app": 9})

    def test_lower_rooms_and_the_own_room_may_be_included(self):
        self.assert_clean("src/eider/ledger/a.cc",
                          '// A.\n#include "eider/ledger/a.h"\n#include "eider/base/result.h"\n')

    def test_higher_rooms_may_not(self):
        self.assert_found("src/eider/base/a.cc", '// A.\n#include "eider/iceberg/b.h"\n',
                          "2: a room uses only rooms of a lower level: base (0) uses iceberg (5)")

    def test_rooms_of_the_same_level_may_not(self):
        self.assert_found("src/eider/ledger/a_test.cc", '// A.\n#include "eider/engine/b.h"\n',
                          "ledger (6) uses engine (6)")

    def test_unknown_rooms_are_named(self):
        self.assert_found("src/eider/attic/a.cc", "// A.\n", "not in the table")
        self.assert_found("src/eider/app/a.cc", '// A.\n#include "eider/attic/b.h"\n',
                          "not in the table")

    def test_tests_across_rooms_include_what_they_like(self):
        self.assert_clean("tests/fault/a_test.cc",
                          '// A.\n#include "eider/engine/a.h"\n#include "eider/ledger/a.h"\n')

    def test_own_headers_are_named_from_src(self):
        self.assert_found("src/eider/base/a.cc", '// A.\n#include "result.h"\n', "from src/")

    def test_includes_in_comments_and_strings_do_not_count(self):
        self.assert_clean("src/eider/base/a.cc",
                          '// A.\n// #include "eider/app/a.h"\n/*\n#include "eider/app/a.h"\n*/\n'
                          'auto text = R"(\n#include "eider/app/a.h"\n)";\n')

    def test_duckdb_lives_in_the_engine(self):
        include = "// A.\n#include <duckdb.hpp>\n#include <duckdb/common/file_system.hpp>\n"
        self.assert_clean("src/eider/engine/a.cc", include)
        self.assert_clean("bench/a.cc", include)
        self.assert_found("src/eider/app/a.cc", include, "2: only engine", "3: only engine")

    def test_the_build_keeps_to_the_levels_too(self):
        path = "src/eider/ledger/CMakeLists.txt"
        self.assert_clean(path, "eider_room(ledger DEPS base iceberg LINK engine::x PRIVATE y)\n")
        self.assert_found(path, "eider_room(ledger\n  DEPS base engine\n  LINK y)\n",
                          "ledger (6) uses engine (6)")


class Sizes(Case):
    def test_header_and_source_lines(self):
        self.assert_clean("src/eider/base/a.h", header("int x;\n" * 248))
        self.assert_found("src/eider/base/a.h", header("int x;\n" * 249), "at most 250 lines: 251")
        self.assert_clean("src/eider/base/a.cc", "// A.\n" + "int x;\n" * 449)
        self.assert_found("src/eider/base/a.cc", "// A.\n" + "int x;\n" * 450, "at most 450")

    def test_function_lines(self):
        function = "// A.\nvoid F(int a) {{\n{}}}\n"
        self.assert_clean("src/eider/base/a.cc", function.format("  G();\n" * 68))
        self.assert_found("src/eider/base/a.cc", function.format("  G();\n" * 69),
                          "2: a function has at most 70 lines: 71")

    def test_columns_are_code_points(self):
        self.assert_clean("src/eider/base/a.cc", "// " + "ñ" * 97 + "\n")
        self.assert_found("src/eider/base/a.cc", "// " + "ñ" * 98 + "\n", "columns: 101")

    def test_columns_of_raw_strings_are_free(self):
        self.assert_clean("src/eider/base/a.cc",
                          '// A.\nauto json = R"({\n' + "x" * 200 + '\n})";\n')

    def test_columns_of_scripts(self):
        self.assert_found("dev", "#!/usr/bin/env bash\n# " + "x" * 99 + "\n", "columns: 101")
        self.assert_clean("README.md", "x" * 200 + "\n")


class Functions(Case):
    def test_members_templates_and_constructors(self):
        self.assertEqual(spans("class A final : public B<int(int)> {\n public:\n"
                               "  A() : b_{C{.d = 1}}, e_(1) {\n"
                               "    F();\n  }\n  template <typename T = C<int>>\n"
                               "  bool G(T t = T()) const {\n  return t;\n  }\n};\n")[-2:],
                         [(3, 5), (7, 9)])

    def test_containers_are_no_functions(self):
        for head in ("namespace a::b {", "struct alignas(8) A {", "enum class A : int {",
                     'extern "C" {', "template <auto F = G()>\nstruct A {", "union A {",
                     "class [[nodiscard]] A {"):
            self.assertEqual(spans(head + "\n};\n"), [], head)

    def test_tables_are_no_functions(self):
        for code in ("constexpr int kTable[] = {\n1};\n", "const auto kA = Make(1) + B{\n1};\n",
                     "const auto kA = std::to_array<B>({\n{1}, {2}});\n",
                     "INSTANTIATE_TEST_SUITE_P(A, B, Values(C{\n1}));\n",
                     "std::vector<int> a{\n1};\n"):
            self.assertEqual(spans(code), [], code)

    def test_lambdas_belong_to_their_function(self):
        self.assertEqual(spans("int F() {\n  auto g = [](int a) {\n  return a;\n  };\n}\n"),
                         [(1, 5)])
        self.assertEqual(spans("const auto g = [](int a) {\n  return a;\n};\n"), [(1, 3)])

    def test_braces_of_default_arguments_open_nothing(self):
        self.assertEqual(spans("int F(A a = {}, B b = B{1}) {\n  return G({a});\n}\n"), [(1, 3)])

    def test_operators_and_tests(self):
        self.assertEqual(spans("A& A::operator=(const A& a) {\n}\nbool A::operator()(int) {\n}\n"
                               "bool operator==(A a, A b) {\n}\nTEST(A, B) {\n}\n"
                               "struct A* F() {\n}\nextern \"C\" int F() {\n}\n"),
                         [(1, 2), (3, 4), (5, 6), (7, 8), (9, 10), (11, 12)])

    def test_braces_in_literals_comments_and_macros_do_not_count(self):
        self.assertEqual(spans("#define A(x) { \\\n  {\nvoid F() {\n  // {\n  G('{', \"{\");\n"
                               "  G(R\"x({\n)\")x\", 1'000);\n}\n"), [(3, 8)])

    def test_unbalanced_branches_end_the_search_quietly(self):
        self.assertEqual(spans("}\nvoid F() {\n}\n"), [])


class Code(Case):
    def test_raw_new_and_delete(self):
        self.assert_found("src/eider/base/a.cc", "// A.\nauto a = new A();\ndelete a;\n",
                          "2: no raw new", "3: no raw delete")
        self.assert_clean("src/eider/base/a.cc",
                          "// A new file; delete it.\n#include <new>\nA(const A&) = delete;\n"
                          "return std::unique_ptr<A>(\n    new A(1));\n"
                          'auto text = "new delete";\nint new_size = renew(deleted);\n'
                          "void operator delete(void* p);\nvoid* operator new(size_t n);\n")

    def test_namespace_std(self):
        self.assert_found("src/eider/base/a.cc", "// A.\nusing namespace std;\n", "namespace")
        self.assert_clean("src/eider/base/a.cc", "// A.\nusing namespace std::chrono_literals;\n")

    def test_cout(self):
        line = '// A.\nvoid F() { std::cout << "a"; }\n'
        self.assert_found("src/eider/ledger/a.cc", line, "only app/")
        self.assert_clean("src/eider/app/a.cc", line)

    def test_words_put_off(self):
        for word in tidy.BANNED_WORDS:
            self.assert_found("src/eider/base/a.cc", f"// A.\n// {word}: later\n", word)
        self.assert_clean("tools/a.sh", "# A.\nmktemp /tmp/a.XXXXXX\n")

    def test_pragma_once(self):
        self.assert_found("src/eider/base/a.h", "// A.\n// #pragma once\n", "#pragma once")

    def test_opening_comment(self):
        self.assert_found("src/eider/base/a.cc", "#include <string>\n", "opens with a comment")
        self.assert_found("src/eider/base/a.cc", '#include "eider/base/b.h"\n',
                          "opens with a comment")
        self.assert_clean("src/eider/base/a.cc", '#include "eider/base/a.h"\n')
        self.assert_found("tools/a.py", "#!/usr/bin/env python3\nimport os\n", "opens with")
        self.assert_clean("tools/a.py", '#!/usr/bin/env python3\n"""A."""\n')
        self.assert_clean("tests/e2e/__init__.py", "")
        self.assert_clean("src/eider/base/CMakeLists.txt", "eider_room(base)\n")

    def test_shared_ptr_needs_its_reason(self):
        path = "src/eider/base/a.cc"
        self.assert_found(path, "// A.\n\nstd::shared_ptr<A> a;\n", "3: shared_ptr")
        self.assert_clean(path, "// A.\nstd::shared_ptr<A> a;  // shared: readers keep it\n")
        self.assert_clean(path, "// A.\n\n// shared: readers keep it,\n// writers go on\n"
                                "std::shared_ptr<A> a;\n")
        self.assert_clean(path, "// A.\n\nstd::shared_ptr<A>\n    a;  // shared: readers\n")
        self.assert_clean(path, '// A shared_ptr.\n\nstd::string a = "shared_ptr";\n')


class Files(Case):
    def test_names_without_an_idea(self):
        self.assert_found("src/eider/base/string_utils.cc", "// A.\n", "not `utils`")
        self.assert_found("tests/e2e/helpers.py", "# A.\n", "not `helpers`")
        self.assert_clean("src/eider/base/utility.cc", "// A.\n")

    def test_registry_hosts(self):
        for host in tidy.REGISTRY_HOSTS:
            self.assert_found("README.md", f"see https://{host}/x\n", "not its host")
            self.assert_found("dev", f"#!/bin/sh\n# A.\ncurl {host}\n", "not its host")

    def test_tree_leaves_out_what_is_built(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            files = {
                "docs/architecture.md": ARCHITECTURE,
                "build/dev/bad_utils.cc": "",
                "tests/golden/bad_utils.cc": "",
                "src/eider/base/bad_utils.cc": "// A.\n",
                "src/eider/base/bytes.txt": None,
            }
            for name, text in files.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_bytes(b"\xff\xfe" if text is None else text.encode())
            self.assertEqual([finding.path for finding in tidy.check_tree(root)],
                             ["src/eider/base/bad_utils.cc"])


class Includes(unittest.TestCase):
    TREE = {
        "src/eider/base/uri.h": header("#include <string>\nstruct Uri {\n  int a;\n};\n"),
        "src/eider/base/text.h": header("#include <string>\nstd::string Text();\n"),
    }

    def found(self, path, text):
        headers = includes.Headers(
            lambda name: tidy.Source(self.TREE[name]) if name in self.TREE else None)
        return [message for _, message in includes.check(path, tidy.Source(text), headers)]

    def test_a_header_without_a_name_in_the_file_goes(self):
        self.assertEqual(
            self.found("src/eider/app/a.cc",
                       "// A.\n#include <vector>\n#include \"eider/base/uri.h\"\nint a;\n"),
            ["nothing of vector is used here", "nothing of eider/base/uri.h is used here"])

    def test_what_comments_and_texts_name_is_not_used(self):
        self.assertEqual(
            self.found("src/eider/app/a.cc",
                       "#include <vector>\nconst char* a = \"std::vector\";  // std::vector\n"),
            ["nothing of vector is used here"])

    def test_names_bring_their_headers(self):
        self.assertEqual(self.found("src/eider/app/a.cc", "std::optional<int> a;\n"),
                         ["a name of <optional> is used, which is not included"])
        self.assertEqual(self.found("src/eider/app/a.cc", "#include <optional>\n"
                                    "std::optional<int> a;\n"), [])

    def test_a_source_has_what_its_own_header_includes(self):
        text = "#include \"eider/base/text.h\"\nstd::string Text() { return {}; }\n"
        self.assertEqual(self.found("src/eider/base/text.cc", text), [])
        self.assertEqual(self.found("src/eider/app/a.cc", text),
                         ["a name of <string> is used, which is not included"])

    def test_an_own_header_stays_whatever_it_declares(self):
        self.assertEqual(self.found("src/eider/base/uri_test.cc",
                                    "#include \"eider/base/uri.h\"\nint a;\n"), [])

    def test_what_is_fixed_has_no_findings(self):
        headers = includes.Headers(lambda name: None)
        text = "// A.\n#include <vector>\n\nstd::optional<int> a;\n"
        source = tidy.Source(text)
        self.assertEqual(includes.fixed("src/eider/app/a.cc", source, headers),
                         "// A.\n#include <optional>\n\nstd::optional<int> a;\n")


if __name__ == "__main__":
    unittest.main()
