// Our schemas against those in the files of Java and PyIceberg, field by field.
#include "eider/iceberg/manifest_schema.h"

#include <set>
#include <string>
#include <string_view>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "eider/iceberg/partition.h"
#include "eider/iceberg/testing/golden_manifests.h"

namespace eider::iceberg {
namespace {

using Json = nlohmann::json;

// The lines of schema_lines in make_manifests.py: [path, field id, type, nullable, element id,
// record].
void AddLines(const Json& record, const std::string& path, Json& lines) {
  for (const Json& field : record.at("fields")) {
    Json type = field.at("type");
    const bool nullable = type.is_array();
    if (nullable) {
      EXPECT_EQ(type.at(0), "null") << path;
      EXPECT_TRUE(field.at("default").is_null()) << path;
      type = type.at(1);
    }
    std::string name = (type.is_string() ? type : type.at("type")).get<std::string>();
    Json element;
    Json inner = type;
    if (name == "array") {
      element = type.value("element-id", Json());
      inner = type.at("items");
      name = type.value("logicalType", "array");
      if (inner.is_string()) name += " of " + inner.get<std::string>();
    }
    const std::string where = path + "/" + field.at("name").get<std::string>();
    const Json named = inner.is_object() ? inner.at("name") : Json();
    lines.push_back(Json::array({where, field.at("field-id"), name, nullable, element, named}));
    if (inner.is_object()) AddLines(inner, where, lines);
  }
}

Json Lines(std::string_view schema) {
  Json lines = Json::array();
  AddLines(Json::parse(schema), "", lines);
  return lines;
}

TEST(ManifestSchema, EntriesAreExactlyThoseOfJava) {
  const Json ours = Lines(ManifestEntryAvroSchema(PartitionAvroSchema({}), 2));
  EXPECT_EQ(ours, golden::Json("schemas.json").at("java_added"))
      << Json::diff(golden::Json("schemas.json").at("java_added"), ours);
  EXPECT_EQ(Json::parse(ManifestEntryAvroSchema(PartitionAvroSchema({}), 2)).at("name"),
            "manifest_entry");
}

TEST(ManifestSchema, ListsAreExactlyThoseOfJava) {
  const Json ours = Lines(ManifestFileAvroSchema(2));
  EXPECT_EQ(ours, golden::Json("schemas.json").at("java_list"))
      << Json::diff(golden::Json("schemas.json").at("java_list"), ours);
  EXPECT_EQ(Json::parse(ManifestFileAvroSchema(2)).at("name"), "manifest_file");
}

// PyIceberg has equality ids as longs where the specification and Java say int, and does not know
// referenced_data_file in version 2; nothing else may differ.
TEST(ManifestSchema, PyIcebergHasTheSame) {
  const auto set_of = [](const Json& lines) { return std::set<Json>(lines.begin(), lines.end()); };
  const Json golden = golden::Json("schemas.json");
  auto ours = set_of(Lines(ManifestEntryAvroSchema(PartitionAvroSchema({}), 2)));
  auto theirs = set_of(golden.at("pyiceberg_added"));
  EXPECT_EQ(
      ours.erase(Json::parse(R"(["/data_file/equality_ids",135,"array of int",true,136,null])")),
      1U);
  EXPECT_EQ(
      ours.erase(Json::parse(R"(["/data_file/referenced_data_file",143,"string",true,null,null])")),
      1U);
  EXPECT_EQ(
      theirs.erase(Json::parse(R"(["/data_file/equality_ids",135,"array of long",true,136,null])")),
      1U);
  EXPECT_EQ(ours, theirs);
  EXPECT_EQ(set_of(Lines(ManifestFileAvroSchema(2))), set_of(golden.at("pyiceberg_list")));
}

}  // namespace
}  // namespace eider::iceberg
