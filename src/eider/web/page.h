// The files of page/, which the build puts into the program.
#pragma once

#include <span>
#include <string_view>

namespace eider::web {

struct PageFile {
  std::string_view name;  // "index.html"
  std::string_view bytes;
};

std::span<const PageFile> PageFiles();

}  // namespace eider::web
