// What of a query's result does not fit a table, in words, gathered so that one message tells all.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/base/result.h"
#include "eider/codec/shortened_text.h"

namespace eider::engine {

// DuckDB's parser takes a NUL for the end of the text, and conversions are texts of SQL.
inline bool HasNul(std::string_view name) {
  return name.find('\0') != std::string_view::npos;
}

class Problems {
 public:
  static constexpr std::size_t kProblemsMax = 10;  // more are counted

  explicit Problems(std::string_view table) : table_(table) {}

  void Add(std::string problem) {
    if (texts_.size() < kProblemsMax) texts_.push_back(std::move(problem));
    ++count_;
  }

  // Of a column or field that the result has from its file.
  void AddNul(std::string_view path) {
    Add(
        fmt::format("column {} has a NUL character in its name: rename it in the file, or leave it "
                    "out of the route's SELECT",
                    codec::ShortName(path)));
  }

  void Unsupported(std::string problem) {
    unsupported_ = true;
    Add(std::move(problem));
  }

  Status Report(std::string_view what, std::string_view file) const {
    if (texts_.empty()) return {};
    std::string more;
    if (count_ > texts_.size()) more = fmt::format("; and {} more", count_ - texts_.size());
    return Fail(unsupported_ ? Code::kUnsupported : Code::kInvalid,
                fmt::format("{}: {}{}; file {}", what, fmt::join(texts_, "; "), more, file));
  }

  std::string_view table() const { return table_; }

  const std::vector<std::string>& texts() const { return texts_; }

 private:
  std::string_view table_;
  std::vector<std::string> texts_;
  std::size_t count_ = 0;
  bool unsupported_ = false;
};

}  // namespace eider::engine
