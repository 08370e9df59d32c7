#include "eider/engine/folder_columns.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <duckdb/common/string_util.hpp>
#include <duckdb/common/types/value.hpp>

#include "eider/engine/reader_options.h"
#include "eider/records/text_type.h"

namespace eider::engine {
namespace {

using duckdb::Value;

// year=2024 of …/year=2024/….
struct Folder {
  std::string name;
  std::string value;
};

std::vector<Folder> FoldersOf(std::string_view path) {
  std::vector<Folder> folders;
  for (std::size_t end = path.find('/'); end != std::string_view::npos; end = path.find('/')) {
    const std::string_view folder = path.substr(0, end);
    const std::size_t equals = folder.find('=');
    if (equals != std::string_view::npos && equals > 0) {
      folders.push_back(
          {std::string(folder.substr(0, equals)), std::string(folder.substr(equals + 1))});
    }
    path.remove_prefix(end + 1);
  }
  return folders;
}

// One type for the folders of all files of a route, as far as a single path can tell: numbers are
// BIGINT also as 01 to 09, and other texts with leading zeros stay as they are.
std::string FolderType(std::string_view value) {
  constexpr std::size_t kDigitsMax = 18;
  const bool is_number = !value.empty() && value.size() <= kDigitsMax &&
                         value.find_first_not_of("0123456789") == std::string_view::npos;
  if (is_number && (value.front() != '0' || value.size() <= 2)) return "BIGINT";
  return records::IsDate(value) ? "DATE" : "VARCHAR";
}

}  // namespace

bool HasFolderColumns(const std::string& path) {
  return !FoldersOf(path).empty();
}

std::vector<std::pair<std::string, std::string>> FolderColumns(const std::string& path) {
  std::vector<std::pair<std::string, std::string>> columns;
  for (const Folder& folder : FoldersOf(path)) {
    columns.emplace_back(folder.name, FolderType(folder.value));
  }
  return columns;
}

void TypeFolders(ReaderCall& call) {
  if (!call.path() || call.Has("hive_types_autocast") || call.Has("hive_types")) return;
  if (!OptionBool(call, "hive_partitioning").value_or(true)) return;
  duckdb::child_list_t<Value> types;
  for (const auto& [name, type] : FolderColumns(*call.path()))
    types.emplace_back(name, Value(type));
  call.Set("hive_types_autocast", Value::BOOLEAN(false));
  if (!types.empty()) call.Set("hive_types", Value::STRUCT(std::move(types)));
}

void KeepColumns(ReaderCall& call, const std::string& path, const std::vector<std::string>& names) {
  if (call.Has("hive_partitioning")) return;
  const bool is_taken = std::ranges::any_of(FoldersOf(path), [&](const Folder& folder) {
    return std::ranges::any_of(names, [&](const std::string& name) {
      return duckdb::StringUtil::CIEquals(name, folder.name);
    });
  });
  if (!is_taken) return;
  call.Set("hive_partitioning", Value::BOOLEAN(false));
  call.Drop("hive_types");
}

}  // namespace eider::engine
