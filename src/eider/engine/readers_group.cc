// Which files one call reads as well as a call of their own would.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "eider/base/result.h"
#include "eider/engine/readers.h"
#include "eider/engine/statement.h"

namespace eider::engine {
namespace {

bool AreSameOptions(const ReaderCall& one, const ReaderCall& other) {
  const auto is_known = [](const ReaderCall& call, const auto& option) {
    const auto found = call.options().find(option.first);
    return found != call.options().end() &&
           found->second.ToSQLString() == option.second.ToSQLString();
  };
  // The columns of a call are held against each other one by one.
  const auto are_in = [&](const ReaderCall& from, const ReaderCall& in) {
    return std::ranges::all_of(from.options(), [&](const auto& option) {
      return option.first == "columns" || is_known(in, option);
    });
  };
  return are_in(one, other) && are_in(other, one);
}

// What is handed on as text may be of any type.
bool ReadsAs(const FileColumn& one, const FileColumn& other) {
  if (one.name != other.name || one.is_given != other.is_given) return false;
  const bool is_text = one.is_text && one.known_type.empty() && !one.is_given;
  return is_text || (one.type == other.type && one.is_empty == other.is_empty &&
                     one.fits_int == other.fits_int);
}

// `columns`: how many of the first the file itself has.
bool AreAlike(const FileReader& one, std::size_t columns, const FileReader& other) {
  return other.columns.size() == columns && AreSameOptions(one.call, other.call) &&
         one.csv.has_value() == other.csv.has_value() && one.are_objects == other.are_objects &&
         std::ranges::equal(std::span(one.columns).first(columns), other.columns, ReadsAs);
}

}  // namespace

Result<std::vector<std::optional<std::uint64_t>>> Readers::FindAlike(
    duckdb::TableRef& read, std::size_t columns, std::span<const std::string> paths) {
  FileReader& own = readers_.front();
  std::vector<std::optional<std::uint64_t>> records;
  const auto look = [&](const std::string& path) -> Result<Readers> {
    auto copy = read.Copy();
    BoundSql sql;
    sql.reads.push_back(&copy);
    ReadAlone(*copy, path);
    ReaderQuestion question = question_;
    question.input = path;
    question.wants_types = own.question.wants_types;
    EIDER_ASSIGN(Readers other, Decide(context_, grants_, sql, std::move(question)));
    if (own.question.wants_types) EIDER_CHECK(other.ReadTypes());
    return other;
  };
  for (const std::string& path : paths) {
    const auto other = look(path);
    if (!other && records.empty()) return std::unexpected(other.error());
    // What is wrong with a file behind the first one is told when it is read by itself.
    const bool is_alike =
        other && other->readers_.size() == 1 && AreAlike(own, columns, other->readers_.front());
    records.push_back(is_alike ? std::optional(other->readers_.front().records) : std::nullopt);
  }
  own.records = 0;
  for (const auto& of_file : records) own.records += of_file.value_or(0);
  return records;
}

}  // namespace eider::engine
