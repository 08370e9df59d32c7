// Glue's operations on tables and databases, and what their failures mean for a pointer.
#include "eider/catalog/glue_table_pointer.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/aws/json_service.h"
#include "eider/base/result.h"
#include "eider/catalog/glue_columns.h"
#include "eider/catalog/pointer_error.h"
#include "eider/codec/json.h"
#include "eider/iceberg/table_metadata.h"
#include "eider/iceberg/table_name.h"

namespace eider::catalog {
namespace {

using aws::Failure;
using codec::Json;
using iceberg::TableName;

constexpr std::string_view kNotThere = "EntityNotFoundException";
constexpr std::string_view kThereAlready = "AlreadyExistsException";
constexpr std::string_view kMetadataLocation = "metadata_location";
constexpr std::string_view kPreviousMetadataLocation = "previous_metadata_location";

// What UpdateTable takes of what GetTable gives. Source: Glue API, structure TableInput.
constexpr auto kKept = std::to_array<const char*>(
    {"Name", "Description", "Owner", "LastAccessTime", "LastAnalyzedTime", "Retention",
     "StorageDescriptor", "PartitionKeys", "ViewOriginalText", "ViewExpandedText", "TableType",
     "Parameters", "TargetTable"});

// Tables that are looked at, and not swapped yet.
constexpr std::size_t kLooksMax = 256;

bool IsGlueName(std::string_view name) {
  return !name.empty() && name.size() <= 252 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

Status CheckName(const TableName& table) {
  if (table.name_space.size() != 1) {
    return Fail(Code::kUnsupported,
                fmt::format("Glue has namespaces of one level, a database: {}", table.ToString()));
  }
  if (!IsGlueName(table.name_space.front()) || !IsGlueName(table.name)) {
    return Fail(Code::kInvalid, fmt::format("names in Glue consist of lower-case letters, digits "
                                            "and '_': {}",
                                            table.ToString()));
  }
  return {};
}

std::string_view TextAt(const Json& object, std::string_view key) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  if (found == object.end() || !found->is_string()) return {};
  return found->get_ref<const std::string&>();
}

const Json& ObjectAt(const Json& object, std::string_view key) {
  static const Json none = Json::object();
  const auto found = object.is_object() ? object.find(key) : object.end();
  return found != object.end() && found->is_object() ? *found : none;
}

bool IsIcebergTable(const Json& glue_table) {
  std::string type(TextAt(ObjectAt(glue_table, "Parameters"), "table_type"));
  std::ranges::transform(type, type.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? char(c - 'a' + 'A') : c; });
  return type == "ICEBERG";
}

Result<std::string> MetadataLocation(const Json& glue_table, const TableName& table) {
  const std::string location(TextAt(ObjectAt(glue_table, "Parameters"), kMetadataLocation));
  if (IsIcebergTable(glue_table) && !location.empty()) return location;
  return Fail(Code::kUnsupported,
              fmt::format("{} in Glue is no Iceberg table: its table_type is '{}', its "
                          "metadata_location '{}'",
                          table.ToString(),
                          TextAt(ObjectAt(glue_table, "Parameters"), "table_type"), location));
}

// The table as it is written back, with the pointer moved.
Json TableInput(const Json& glue_table, const PointerMove& move) {
  Json input = Json::object();
  for (const char* key : kKept) {
    const auto found = glue_table.find(key);
    if (found != glue_table.end() && !found->is_null()) input[key] = *found;
  }
  input["Parameters"][kMetadataLocation] = move.next;
  input["Parameters"][kPreviousMetadataLocation] = move.expected;
  if (move.metadata == nullptr) return input;
  Json& columns = input["StorageDescriptor"]["Columns"];
  columns = GlueColumns(*move.metadata, columns);
  return input;
}

class GlueTablePointer final : public TablePointer {
 public:
  GlueTablePointer(aws::JsonService& service, GlueOptions options)
      : service_(service), options_(std::move(options)) {}

  Result<std::string> Read(const TableName& table) override {
    EIDER_ASSIGN(const Json glue_table, GetTable(table));
    return MetadataLocation(glue_table, table);
  }

  Status Create(const TableName& table, const std::string& metadata_location,
                const iceberg::TableMetadata& metadata) override;
  Status Swap(const PointerMove& move) override;
  Status LookBeforeSwap(const TableName& table, const std::string& expected) override;
  Status Drop(const TableName& table, const std::string& expected) override;
  Result<std::vector<TableName>> List() override;

 private:
  Error Translated(std::string_view operation, const Failure& failure) const;
  Error TranslatedChange(std::string_view operation, const Failure& failure) const;
  Result<Json> GetTable(const TableName& table);
  Result<Json> TableAt(const TableName& table, const std::string& expected);
  std::optional<Json> TakeLookedAt(const TableName& table, const std::string& expected);
  Status CreateDatabase(const std::string& name);
  // Visits what the pages of an operation list under `key`.
  Status ForEach(const std::string& operation, Json input, const std::string& key,
                 const std::function<Status(const Json&)>& visit);

  aws::JsonService& service_;
  GlueOptions options_;

  // A table as Glue has told it for the swap that follows.
  struct Look {
    std::string location;
    Json glue_table;
  };

  std::mutex mutex_;  // guards looks_
  std::map<TableName, Look> looks_;
};

Error GlueTablePointer::Translated(std::string_view operation, const Failure& failure) const {
  Error error = Annotate(fmt::format("Glue in {}", options_.region), failure.error);
  // Only Glue's own word for it says that a table is not there and may be made.
  if (error.code == Code::kNotFound && failure.code != kNotThere) error.code = Code::kInvalid;
  if (error.code == Code::kDenied) {
    error.message += fmt::format(
        "; the role needs glue:{} on the catalog, the database and the "
        "table, and where Lake Formation governs them its grant as well",
        operation);
  }
  return error;
}

// Of an operation that changes the table: an answer that cannot be read may well be a success.
Error GlueTablePointer::TranslatedChange(std::string_view operation, const Failure& failure) const {
  Error error = Translated(operation, failure);
  const bool is_definite = !failure.code.empty() || error.code != Code::kCorrupt;
  if (!is_definite) error.code = Code::kOutcomeUnknown;
  return error;
}

Result<Json> GlueTablePointer::GetTable(const TableName& table) {
  EIDER_CHECK(CheckName(table));
  auto answer = service_.Invoke(
      "GetTable", {{"DatabaseName", table.name_space.front()}, {"Name", table.name}}, true);
  if (answer) return ObjectAt(*answer, "Table");
  if (answer.error().code == kNotThere) return std::unexpected(NoSuchTable(table));
  return std::unexpected(Translated("GetTable", answer.error()));
}

Result<Json> GlueTablePointer::TableAt(const TableName& table, const std::string& expected) {
  EIDER_ASSIGN(Json glue_table, GetTable(table));
  EIDER_ASSIGN(const std::string found, MetadataLocation(glue_table, table));
  if (found != expected) return std::unexpected(TableMoved(table, expected, found));
  return glue_table;
}

// Only where the table has a version: Glue itself checks, in the update, that it is the same still.
Status GlueTablePointer::LookBeforeSwap(const TableName& table, const std::string& expected) {
  EIDER_ASSIGN(Json glue_table, TableAt(table, expected));
  if (TextAt(glue_table, "VersionId").empty()) return {};
  const std::lock_guard lock(mutex_);
  if (looks_.size() >= kLooksMax && !looks_.contains(table)) looks_.erase(looks_.begin());
  looks_.insert_or_assign(table, Look{expected, std::move(glue_table)});
  return {};
}

// Once: after an update the table has another version.
std::optional<Json> GlueTablePointer::TakeLookedAt(const TableName& table,
                                                   const std::string& expected) {
  const std::lock_guard lock(mutex_);
  const auto look = looks_.find(table);
  if (look == looks_.end()) return std::nullopt;
  const Look taken = std::move(look->second);
  looks_.erase(look);
  if (taken.location != expected) return std::nullopt;
  return taken.glue_table;
}

Status GlueTablePointer::CreateDatabase(const std::string& name) {
  // Twice is as good as once: it is there then.
  const auto answer =
      service_.Invoke("CreateDatabase", {{"DatabaseInput", {{"Name", name}}}}, true);
  if (answer || answer.error().code == kThereAlready) return {};
  return std::unexpected(Translated("CreateDatabase", answer.error()));
}

Status GlueTablePointer::Create(const TableName& table, const std::string& metadata_location,
                                const iceberg::TableMetadata& metadata) {
  EIDER_CHECK(CheckName(table));
  const Json input = {
      {"DatabaseName", table.name_space.front()},
      {"TableInput",
       {{"Name", table.name},
        {"TableType", "EXTERNAL_TABLE"},
        {"Parameters", {{"table_type", "ICEBERG"}, {kMetadataLocation, metadata_location}}},
        {"StorageDescriptor",
         {{"Location", metadata.location}, {"Columns", GlueColumns(metadata, {})}}}}}};
  auto answer = service_.Invoke("CreateTable", input, false);
  if (!answer && answer.error().code == kNotThere) {
    EIDER_CHECK(CreateDatabase(table.name_space.front()));
    answer = service_.Invoke("CreateTable", input, false);
  }
  if (answer) return {};
  if (answer.error().code == kThereAlready) return std::unexpected(TableExists(table));
  return std::unexpected(TranslatedChange("CreateTable", answer.error()));
}

Status GlueTablePointer::Swap(const PointerMove& move) {
  const TableName& table = move.table;
  std::optional<Json> glue_table = TakeLookedAt(table, move.expected);
  if (!glue_table) {
    EIDER_ASSIGN(glue_table, TableAt(table, move.expected));
  }
  Json input = {{"DatabaseName", table.name_space.front()},
                {"TableInput", TableInput(*glue_table, move)},
                {"SkipArchive", true}};
  const std::string_view version = TextAt(*glue_table, "VersionId");
  if (!version.empty()) input["VersionId"] = version;
  const auto answer = service_.Invoke("UpdateTable", input, false);
  if (answer) return {};
  if (answer.error().code == kNotThere) return std::unexpected(NoSuchTable(table));
  return std::unexpected(TranslatedChange("UpdateTable", answer.error()));
}

// DeleteTable has no condition: what is committed between the two calls goes along.
Status GlueTablePointer::Drop(const TableName& table, const std::string& expected) {
  EIDER_ASSIGN(const std::string found, Read(table));
  if (found != expected) return std::unexpected(TableMoved(table, expected, found));
  const auto answer = service_.Invoke(
      "DeleteTable", {{"DatabaseName", table.name_space.front()}, {"Name", table.name}}, false);
  if (answer) return {};
  if (answer.error().code == kNotThere) return std::unexpected(NoSuchTable(table));
  return std::unexpected(TranslatedChange("DeleteTable", answer.error()));
}

Status GlueTablePointer::ForEach(const std::string& operation, Json input, const std::string& key,
                                 const std::function<Status(const Json&)>& visit) {
  while (true) {
    const auto answer = service_.Invoke(operation, input, true);
    if (!answer) return std::unexpected(Translated(operation, answer.error()));
    if (const auto list = answer->find(key); list != answer->end() && list->is_array()) {
      for (const Json& item : *list) EIDER_CHECK(visit(item));
    }
    const std::string_view next = TextAt(*answer, "NextToken");
    if (next.empty()) return {};
    input["NextToken"] = next;
  }
}

Result<std::vector<TableName>> GlueTablePointer::List() {
  std::vector<std::string> databases;
  EIDER_CHECK(ForEach("GetDatabases", Json::object(), "DatabaseList", [&](const Json& database) {
    databases.emplace_back(TextAt(database, "Name"));
    return Status();
  }));
  std::vector<TableName> tables;
  for (const std::string& database : databases) {
    EIDER_CHECK(
        ForEach("GetTables", {{"DatabaseName", database}}, "TableList", [&](const Json& table) {
          if (IsIcebergTable(table)) {
            tables.push_back({{database}, std::string(TextAt(table, "Name"))});
          }
          return Status();
        }));
  }
  std::ranges::sort(tables);
  return tables;
}

}  // namespace

std::unique_ptr<TablePointer> NewGlueTablePointer(aws::JsonService& service, GlueOptions options) {
  return std::make_unique<GlueTablePointer>(service, std::move(options));
}

}  // namespace eider::catalog
