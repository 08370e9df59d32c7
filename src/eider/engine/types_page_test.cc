// docs/types.md held to the code: what its tables say of a new table's columns is what happens, and
// no type of DuckDB is left out.
#include <cstddef>
#include <exception>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <duckdb/common/enum_util.hpp>
#include <duckdb/common/optional_idx.hpp>
#include <duckdb/common/types.hpp>
#include <gtest/gtest.h>

#include "eider/engine/type_mapping.h"

namespace eider::engine {
namespace {

using duckdb::LogicalType;
using duckdb::LogicalTypeId;

std::string Page() {
  std::ifstream file(EIDER_SOURCE_DIR "/docs/types.md");
  EXPECT_TRUE(file.is_open());
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> Split(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + separator.size());
  }
}

// What stands between backticks.
std::vector<std::string> Terms(std::string_view text) {
  const std::vector<std::string> parts = Split(text, "`");
  std::vector<std::string> terms;
  for (std::size_t i = 1; i < parts.size(); i += 2) terms.push_back(parts[i]);
  return terms;
}

// The cells of every row of the table that follows `heading`.
std::vector<std::vector<std::string>> TableAfter(std::string_view heading) {
  const std::string page = Page();
  std::vector<std::vector<std::string>> rows;
  for (const std::string& line : Split(page.substr(page.find(heading)), "\n")) {
    if (!line.starts_with("|")) {
      if (!rows.empty()) break;
      continue;
    }
    std::vector<std::string> cells = Split(line.substr(1), "|");
    cells.pop_back();
    rows.push_back(std::move(cells));
  }
  rows.erase(rows.begin(), rows.begin() + 2);  // the head
  return rows;
}

// The type that the page means, or that of the id of that name.
LogicalType TypeOf(const std::string& term) {
  const std::map<std::string, LogicalType> kExamples = {
      {"DECIMAL(p, s)", LogicalType::DECIMAL(9, 2)},
      {"ENUM", LogicalType(LogicalTypeId::ENUM)},
      {"JSON", LogicalType::JSON()},
      {"STRUCT(…)", LogicalType::STRUCT({{"a", LogicalType::INTEGER}})},
      {"T[]", LogicalType::LIST(LogicalType::INTEGER)},
      {"T[n]", LogicalType::ARRAY(LogicalType::INTEGER, duckdb::optional_idx(3))},
      {"MAP(K, V)", LogicalType::MAP(LogicalType::VARCHAR, LogicalType::INTEGER)},
      {"UNION", LogicalType::UNION({{"a", LogicalType::INTEGER}})},
      {"NULL", LogicalType(LogicalTypeId::SQLNULL)},
      {"STRUCT", LogicalType::STRUCT({{"", LogicalType::INTEGER}})},
      {"AGGREGATE_STATE", LogicalType(LogicalTypeId::AGGREGATE_STATE)},
      {"TYPE", LogicalType(LogicalTypeId::TYPE)},
  };
  const auto found = kExamples.find(term);
  if (found != kExamples.end()) return found->second;
  const LogicalTypeId id = duckdb::TransformStringToLogicalTypeId(term);
  EXPECT_NE(id, LogicalTypeId::UNBOUND) << "DuckDB has no type " << term;
  return id;
}

// The types of a cell; an example after "such as" is none.
std::vector<std::string> TypeTerms(const std::string& cell) {
  return Terms(cell.substr(0, cell.find("such as")));
}

TEST(TypesPage, SaysWhatNewColumnsBecome) {
  const auto rows = TableAfter("## A new table");
  EXPECT_GT(rows.size(), 15U);
  for (const auto& row : rows) {
    ASSERT_EQ(row.size(), 2U);
    std::string expected = Terms(row[1]).at(0);
    if (expected == "decimal(p, s)") expected = "decimal(9,2)";
    for (const std::string& term : TypeTerms(row[0])) {
      const auto type = NewColumnType(TypeOf(term));
      ASSERT_TRUE(type.has_value()) << term << ": " << type.error().message;
      const std::string text = iceberg::ToString(*type);
      EXPECT_EQ(type->IsPrimitive() ? text : text.substr(0, text.find('<')), expected) << term;
    }
  }
}

TEST(TypesPage, SaysWhatIsRefusedAndTheWayOut) {
  const auto rows = TableAfter("Refused, each with");
  EXPECT_GT(rows.size(), 8U);
  for (const auto& row : rows) {
    ASSERT_EQ(row.size(), 3U);
    for (const std::string& term : TypeTerms(row[0])) {
      const auto type = NewColumnType(TypeOf(term));
      ASSERT_FALSE(type.has_value()) << term;
      EXPECT_EQ(type.error().code, Code::kInvalid) << term;
      for (const std::string& way_out : Terms(row[2])) {
        EXPECT_NE(type.error().message.find(way_out), std::string::npos)
            << term << ": " << type.error().message << " has no " << way_out;
      }
    }
  }
}

TEST(TypesPage, LeavesNoTypeOfDuckDbOut) {
  std::set<LogicalTypeId> said;
  for (const char* heading : {"## A new table", "Refused, each with"}) {
    for (const auto& row : TableAfter(heading)) {
      for (const std::string& term : TypeTerms(row[0])) said.insert(TypeOf(term).id());
    }
  }
  const std::string page = Page();
  const std::string rest = page.substr(page.find("no column of a result"));
  const std::vector<std::string> never = Terms(rest.substr(0, rest.find("\n\n")));
  EXPECT_FALSE(never.empty());
  for (const std::string& term : never) {
    const auto id = duckdb::EnumUtil::FromString<LogicalTypeId>(term);
    EXPECT_FALSE(said.contains(id)) << term << " is said to be no type, and to be one";
    EXPECT_FALSE(NewColumnType(LogicalType(id)).has_value()) << term;
    said.insert(id);
  }
  for (int number = 0; number < 256; ++number) {
    const auto id = static_cast<LogicalTypeId>(number);
    std::string name;
    try {
      name = duckdb::EnumUtil::ToString(id);
    } catch (const std::exception&) {
      continue;  // no such type
    }
    EXPECT_TRUE(said.contains(id)) << name << " is not on the page";
  }
}

}  // namespace
}  // namespace eider::engine
