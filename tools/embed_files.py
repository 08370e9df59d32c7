#!/usr/bin/env python3
"""Writes files into a C++ source, by whose words src/eider/web/page.h gives them out.

    tools/embed_files.py <output.cc> <file...>
"""

import pathlib
import sys

HEAD = """// Made by tools/embed_files.py.
#include "eider/web/page.h"

#include <array>
#include <span>
#include <string_view>

namespace eider::web {

using std::literals::operator""sv;

std::span<const PageFile> PageFiles() {
  static constexpr std::array kFiles = {
"""
TAIL = """  };
  return kFiles;
}

}  // namespace eider::web
"""


def literal(line: bytes) -> str:
    """The bytes as a C++ string literal; octal escapes end after three digits, whatever follows."""
    return '"' + "".join(
        chr(byte) if 0x20 <= byte < 0x7F and byte not in b'"\\?' else f"\\{byte:03o}"
        for byte in line) + '"'


def main(output: str, *files: str):
    text = HEAD
    for file in map(pathlib.Path, files):
        lines = file.read_bytes().splitlines(keepends=True) or [b""]
        body = "\n        ".join(map(literal, lines))
        text += f'    PageFile{{"{file.name}"sv,\n        {body}sv}},\n'
    pathlib.Path(output).write_text(text + TAIL)


if __name__ == "__main__":
    main(*sys.argv[1:])
