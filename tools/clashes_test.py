#!/usr/bin/env python3
"""Tests of clashes.py: what cannot be compiled together is told, what can is not."""

import unittest

from clashes import apart_in, clashes_of, clashes_with_headers


def unnamed(*lines):
    return "\n".join(["namespace eider {", "namespace {", *lines, "}  // namespace", "}"])


class Clashes(unittest.TestCase):
    def told(self, one, other):
        found = clashes_of({"a.cc": unnamed(*one), "b.cc": unnamed(*other)})
        return [clash.split(":")[0] for clash in found]

    def test_the_same_name_of_two_files_is_told(self):
        self.assertEqual(self.told(["constexpr int kA = 1;"], ["constexpr int kA = 2;"]), ["kA"])
        self.assertEqual(self.told(["struct Row {"], ["class Row final {"]), ["Row"])
        self.assertEqual(self.told(["int Sum(int a) {"], ["int Sum(int b) {"]), ["Sum"])
        self.assertEqual(self.told(["using Row = int;"], ["using Row = long;"]), ["Row"])

    def test_what_can_stand_together_is_not(self):
        self.assertEqual(self.told(["int Sum(int a) {"], ["int Sum(long a) {"]), [])
        self.assertEqual(self.told(["using Row = a::B;"], ["using Row = B;"]), [])
        self.assertEqual(self.told(["  int kMax = 1;"], ["  int kMax = 2;"]), [])

    def test_names_for_all_are_no_matter_of_one_file(self):
        text = "namespace eider {\nint Sum(int a) {\n}\n}\n"
        self.assertEqual(clashes_of({"a.cc": text, "b.cc": text}), [])

    def test_a_type_that_a_header_has_is_told(self):
        headers = {"row.h": "struct Row {\n};\nclass Column;\n"}
        files = {"a.cc": unnamed("class Row {"), "b.cc": unnamed("struct Column {", "int Row() {")}
        told = clashes_with_headers(files, headers)
        self.assertEqual(told, ["Row: a type in a.cc, and of row.h"])

    def test_files_apart_are_found_in_a_rooms_build(self):
        build = "eider_room(ledger DEPS base\n  APART a.cc b_test.cc\n    c.cc\n  PURE d.cc)"
        self.assertEqual(apart_in(build), {"a.cc", "b_test.cc", "c.cc"})
        self.assertEqual(apart_in("eider_room(base)"), set())


if __name__ == "__main__":
    unittest.main()
