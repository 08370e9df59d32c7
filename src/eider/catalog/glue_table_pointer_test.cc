// What is asked of Glue, word for word, and what its refusals mean.
#include "eider/catalog/glue_table_pointer.h"

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/aws/fixed_credentials.h"
#include "eider/aws/testing/scripted_transport.h"
#include "eider/catalog/glue_columns.h"
#include "eider/codec/json.h"

namespace eider::catalog {
namespace {

using codec::Json;
using iceberg::TableName;
using iceberg::TypeKind;
using testing::ElementsAre;
using testing::HasSubstr;

const TableName kOrders{{"bronze"}, "orders"};

constexpr const char* kNoEntity = R"({"__type":"EntityNotFoundException","Message":"not found"})";

// GetTable's answer, with what Glue adds and what other programs keep there.
constexpr const char* kGlueTable = R"({"Table":{
  "Name":"orders","DatabaseName":"bronze","Description":"all orders","Owner":"sales",
  "CreateTime":1.7e9,"UpdateTime":1.7e9,"CreatedBy":"arn:aws:iam::1:user/u","CatalogId":"1",
  "IsRegisteredWithLakeFormation":true,"VersionId":"7","Retention":0,
  "TableType":"EXTERNAL_TABLE","PartitionKeys":[],
  "StorageDescriptor":{"Columns":[{"Name":"id","Type":"bigint","Comment":"the number"}],
                       "Location":"s3://wh/orders","Compressed":false},
  "Parameters":{"table_type":"iceberg","metadata_location":"s3://wh/1.json","team":"a"}}})";

class GlueTablePointerTest : public testing::Test {
 protected:
  // The input of the `n`th call, which must be of that operation.
  Json InputOf(std::size_t n, const std::string& operation) {
    const auto& sent = transport_.sent().at(n);
    EXPECT_EQ(sent.Find("x-amz-target"), "AWSGlue." + operation);
    return *codec::ParseJson(sent.body);
  }

  void Refuse(const std::string& code) {
    transport_.Add(400, R"({"__type":")" + code + R"(","Message":"no"})");
  }

  static iceberg::TableMetadata Metadata() {
    iceberg::Schema schema;
    schema.fields = {{1, "id", true, {.kind = TypeKind::kLong}, "the number"},
                     {2, "price", false, {.kind = TypeKind::kDecimal, .precision = 9, .scale = 2}}};
    return *iceberg::MakeTableMetadata({.schema = schema,
                                        .location = "s3://wh/orders",
                                        .table_uuid = "u",
                                        .properties = {{"p", "v"}},
                                        .created_ms = 1});
  }

  Status Swap() { return pointer_->Swap({kOrders, "s3://wh/1.json", "s3://wh/2.json"}); }

  aws::ScriptedTransport transport_;
  aws::FixedCredentials credentials_{{"AKID", "secret", "", {}}};
  ManualClock clock_{TimePoint(std::chrono::hours(1))};
  SeededRandom random_{3};
  aws::ServiceClient client_{{.service = "glue", .region = "us-east-1"},
                             {transport_, credentials_, clock_, random_}};
  aws::JsonService service_{client_, {"https://glue", "AWSGlue", "1.1"}};
  std::unique_ptr<TablePointer> pointer_ = NewGlueTablePointer(service_, {.region = "us-east-1"});
};

TEST_F(GlueTablePointerTest, ReadsWhereTheMetadataIs) {
  transport_.Add(200, kGlueTable);
  EXPECT_EQ(*pointer_->Read(kOrders), "s3://wh/1.json");
  EXPECT_EQ(InputOf(0, "GetTable"), Json({{"DatabaseName", "bronze"}, {"Name", "orders"}}));
}

TEST_F(GlueTablePointerTest, RefusesWhatIsNoIcebergTable) {
  for (const char* parameters :
       {R"({})", R"({"table_type":"HIVE","metadata_location":"s3://x"})",
        R"({"table_type":"ICEBERG"})", R"({"metadata_location":"s3://x"})", R"(null)"}) {
    transport_.Add(200,
                   std::string(R"({"Table":{"Name":"orders","Parameters":)") + parameters + "}}");
    EXPECT_EQ(pointer_->Read(kOrders).error().code, Code::kUnsupported) << parameters;
  }
}

TEST_F(GlueTablePointerTest, NamesAreThoseOfGlue) {
  const auto code_of = [this](const TableName& name) { return pointer_->Read(name).error().code; };
  EXPECT_EQ(code_of({{"a", "b"}, "t"}), Code::kUnsupported);
  EXPECT_EQ(code_of({{"Bronze"}, "t"}), Code::kInvalid);
  EXPECT_EQ(code_of({{"bronze"}, "my-table"}), Code::kInvalid);
  EXPECT_TRUE(transport_.sent().empty());
}

TEST_F(GlueTablePointerTest, CreatesTheTableAsOthersReadIt) {
  transport_.Add(200);
  ASSERT_TRUE(pointer_->Create(kOrders, "s3://wh/0.json", Metadata()));
  const Json input = InputOf(0, "CreateTable");
  EXPECT_EQ(input.at("DatabaseName"), "bronze");
  // PyIceberg 0.12, catalog/glue.py: _construct_table_input and _to_columns.
  EXPECT_EQ(input.at("TableInput"), *codec::ParseJson(R"json({
    "Name":"orders","TableType":"EXTERNAL_TABLE",
    "Parameters":{"table_type":"ICEBERG","metadata_location":"s3://wh/0.json"},
    "StorageDescriptor":{"Location":"s3://wh/orders","Columns":[
      {"Name":"id","Type":"bigint","Comment":"the number","Parameters":{
        "iceberg.field.id":"1","iceberg.field.optional":"false","iceberg.field.current":"true"}},
      {"Name":"price","Type":"decimal(9,2)","Parameters":{
    "iceberg.field.id" : "2", "iceberg.field.optional" : "true", "iceberg.field.current" : "true"}
}]
}
})json"));
}

TEST_F(GlueTablePointerTest, CreatesAMissingDatabaseOnTheWay) {
  transport_.Add(400, kNoEntity);
  Refuse("AlreadyExistsException");  // somebody else was as fast
  transport_.Add(200);
  ASSERT_TRUE(pointer_->Create(kOrders, "s3://wh/0.json", Metadata()));
  EXPECT_EQ(InputOf(1, "CreateDatabase"), Json({{"DatabaseInput", {{"Name", "bronze"}}}}));
  EXPECT_EQ(InputOf(2, "CreateTable"), InputOf(0, "CreateTable"));
}

TEST_F(GlueTablePointerTest, ExistingTableIsNotCreated) {
  Refuse("AlreadyExistsException");
  EXPECT_EQ(pointer_->Create(kOrders, "s3://wh/0.json", Metadata()).error().code,
            Code::kAlreadyExists);
}

TEST_F(GlueTablePointerTest, SwapKeepsAllElse) {
  transport_.Add(200, kGlueTable);
  transport_.Add(200);
  ASSERT_TRUE(Swap());
  EXPECT_EQ(InputOf(1, "UpdateTable"), *codec::ParseJson(R"({
    "DatabaseName":"bronze","VersionId":"7","SkipArchive":true,
    "TableInput":{"Name":"orders","Description":"all orders","Owner":"sales","Retention":0,
      "TableType":"EXTERNAL_TABLE","PartitionKeys":[],
      "StorageDescriptor":{"Columns":[{"Name":"id","Type":"bigint","Comment":"the number"}],
                           "Location":"s3://wh/orders","Compressed":false},
      "Parameters":{"table_type":"iceberg","metadata_location":"s3://wh/2.json",
                    "previous_metadata_location":"s3://wh/1.json","team":"a"}}
  })"));
}

TEST_F(GlueTablePointerTest, SwapOfATableThatMovedOnAsksForNothing) {
  transport_.Add(200, kGlueTable);
  const auto moved = pointer_->Swap({kOrders, "s3://wh/0.json", "s3://wh/2.json"});
  EXPECT_EQ(moved.error().code, Code::kConflict);
  EXPECT_THAT(moved.error().message, HasSubstr("s3://wh/1.json"));
  EXPECT_EQ(transport_.sent().size(), 1U);
}

TEST_F(GlueTablePointerTest, RefusedSwapSurelyDidNotHappen) {
  const auto expect = [this](const std::string& refusal, Code code) {
    transport_.Add(200, kGlueTable);
    Refuse(refusal);
    EXPECT_EQ(Swap().error().code, code) << refusal;
  };
  expect("ConcurrentModificationException", Code::kConflict);
  expect("EntityNotFoundException", Code::kNotFound);
  expect("AccessDeniedException", Code::kDenied);
  expect("InvalidInputException", Code::kInvalid);
}

// Each of these may come after Glue has moved the pointer: a file that it points to must stay.
TEST_F(GlueTablePointerTest, SwapWithoutAClearAnswerIsUnknown) {
  const auto expect_unknown = [this] {
    const std::size_t before = transport_.sent().size();
    EXPECT_EQ(Swap().error().code, Code::kOutcomeUnknown);
    EXPECT_EQ(transport_.sent().size(), before + 2);  // and is not sent again
  };
  for (const int status : {500, 502, 503, 504}) {
    transport_.Add(200, kGlueTable);
    transport_.Add(status, "<html>");
    expect_unknown();
  }
  transport_.Add(200, kGlueTable);
  Refuse("OperationTimeoutException");
  expect_unknown();
  for (const Code code : {Code::kOutcomeUnknown, Code::kCorrupt, Code::kCancelled}) {
    transport_.Add(200, kGlueTable);
    transport_.AddFailure(code);
    expect_unknown();
  }
  transport_.Add(200, kGlueTable);
  transport_.Add(200, "<html>a proxy</html>");
  expect_unknown();
  for (const int status : {403, 404}) {
    transport_.Add(200, kGlueTable);
    transport_.Add(status, "<html>a proxy</html>");
    expect_unknown();
  }
}

// Seen: an empty 404 was "there is no such table", and the table was made anew.
TEST_F(GlueTablePointerTest, OnlyGlueItselfSaysThatATableIsNotThere) {
  for (const char* body : {"", "<html>Not Found</html>", R"({"message":"Not Found"})"}) {
    transport_.Add(404, body);
    const auto read = pointer_->Read(kOrders);
    EXPECT_EQ(read.error().code, Code::kUnavailable) << body;
    EXPECT_THAT(read.error().message, HasSubstr("is the endpoint right")) << body;
  }
  Refuse("ResourceNotFoundException");  // of something else than a table
  EXPECT_EQ(pointer_->Read(kOrders).error().code, Code::kInvalid);
  transport_.Add(400, kNoEntity);
  EXPECT_EQ(pointer_->Read(kOrders).error().code, Code::kNotFound);
}

TEST_F(GlueTablePointerTest, ThrottledSwapIsRepeated) {
  transport_.Add(200, kGlueTable);
  Refuse("ThrottlingException");
  transport_.AddFailure(Code::kUnavailable);
  transport_.Add(200);
  EXPECT_TRUE(Swap());
}

TEST_F(GlueTablePointerTest, DeniedSaysWhatToGrant) {
  Refuse("AccessDeniedException");
  const auto denied = pointer_->Read(kOrders);
  EXPECT_EQ(denied.error().code, Code::kDenied);
  EXPECT_THAT(denied.error().message, HasSubstr("glue:GetTable"));
  EXPECT_THAT(denied.error().message, HasSubstr("Lake Formation"));
}

TEST_F(GlueTablePointerTest, ListsIcebergTablesPageByPage) {
  transport_.Add(200, R"({"DatabaseList":[{"Name":"b"}],"NextToken":"n1"})");
  transport_.Add(200, R"({"DatabaseList":[{"Name":"a"}]})");
  transport_.Add(200, R"({"TableList":[{"Name":"z","Parameters":{"table_type":"ICEBERG"}}],)"
                      R"("NextToken":"n2"})");
  transport_.Add(200, R"({"TableList":[{"Name":"hive"},)"
                      R"({"Name":"y","Parameters":{"table_type":"Iceberg"}}]})");
  transport_.Add(200, R"({"TableList":[{"Name":"x","Parameters":{"table_type":"ICEBERG"}}]})");
  EXPECT_THAT(*pointer_->List(),
              ElementsAre(TableName{{"a"}, "x"}, TableName{{"b"}, "y"}, TableName{{"b"}, "z"}));
  EXPECT_EQ(InputOf(1, "GetDatabases"), Json({{"NextToken", "n1"}}));
  EXPECT_EQ(InputOf(3, "GetTables"), Json({{"DatabaseName", "b"}, {"NextToken", "n2"}}));
}

// The columns of a table that has this schema alone.
Json ColumnsOf(const iceberg::Schema& schema) {
  iceberg::TableMetadata table;
  table.schemas = {schema};
  return GlueColumns(table, {});
}

// Hive's names, as Java's IcebergToGlueConverter and PyIceberg's GLUE_PRIMITIVE_TYPES have them.
TEST(GlueColumns, NamesEveryType) {
  const iceberg::Type text{.kind = TypeKind::kString};
  const iceberg::Field element{3, "element", false, {.kind = TypeKind::kDate}, {}};
  const iceberg::Field key{4, "key", true, text, {}};
  const iceberg::Field value{5, "value", false, {.kind = TypeKind::kTimestamptz}, {}};
  iceberg::Schema schema;
  const auto add = [&](iceberg::Type type) {
    const int id = static_cast<int>(schema.fields.size()) + 10;
    schema.fields.push_back({id, "c" + std::to_string(id), false, std::move(type), {}});
  };
  for (const TypeKind kind :
       {TypeKind::kBoolean, TypeKind::kInt, TypeKind::kFloat, TypeKind::kDouble, TypeKind::kTime,
        TypeKind::kUuid, TypeKind::kBinary, TypeKind::kTimestamp}) {
    add({.kind = kind});
  }
  add({.kind = TypeKind::kFixed, .length = 16});
  add({.kind = TypeKind::kList, .fields = {element}});
  add({.kind = TypeKind::kMap, .fields = {key, value}});
  add({.kind = TypeKind::kStruct, .fields = {key, value}});
  std::vector<std::string> types;
  for (const Json& column : ColumnsOf(schema)) types.push_back(column.at("Type"));
  EXPECT_THAT(types, ElementsAre("boolean", "int", "float", "double", "string", "string", "binary",
                                 "timestamp", "binary", "array<date>", "map<string,timestamp>",
                                 "struct<key:string,value:timestamp>"));
}

// As Java's IcebergToGlueConverter.toColumns: the current columns, then the earlier ones by name.
TEST(GlueColumns, EarlierOnesStandBehindAndCommentsStay) {
  iceberg::TableMetadata table;
  table.schemas = {{0,
                    {{1, "id", true, {.kind = TypeKind::kInt}, {}},
                     {2, "gone", false, {.kind = TypeKind::kDate}, {}}}},
                   {1,
                    {{3, "new", false, {.kind = TypeKind::kString}, "its doc"},
                     {1, "id", false, {.kind = TypeKind::kLong}, {}}}}};
  table.current_schema_id = 1;
  const Json present = {{{"Name", "id"}, {"Comment", "the number"}},
                        {{"Name", "new"}, {"Comment", "an older one"}}};
  std::vector<std::string> told;
  for (const Json& column : GlueColumns(table, present)) {
    told.push_back(column.at("Name").get<std::string>() + " " +
                   column.at("Type").get<std::string>() + " " +
                   column.at("Parameters").at("iceberg.field.current").get<std::string>() + " " +
                   column.value("Comment", "-"));
  }
  EXPECT_THAT(told, ElementsAre("new string true its doc", "id bigint true the number",
                                "gone date false -"));
}

// Glue API, structure Column: at most 255 bytes, of one line.
TEST(GlueColumns, CommentsAreCutToWhatGlueTakes) {
  iceberg::Schema schema;
  const auto comment_of = [&](const std::string& doc) {
    schema.fields = {{1, "c", false, {.kind = TypeKind::kInt}, doc}};
    return ColumnsOf(schema).at(0).at("Comment").get<std::string>();
  };
  EXPECT_EQ(comment_of("two\nlines"), "two lines");
  EXPECT_EQ(comment_of(std::string(255, 'x')), std::string(255, 'x'));
  EXPECT_EQ(comment_of(std::string(254, 'x') + "\u00fc"), std::string(254, 'x'));
}

}  // namespace
}  // namespace eider::catalog
