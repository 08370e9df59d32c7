// Terms as Spark's and Trino's documents write them, and specs as Java's PartitionSpec.Builder
// makes them of these.
#include "eider/iceberg/partition_term.h"

#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/iceberg/schema.h"
#include "eider/iceberg/type.h"

namespace eider::iceberg {
namespace {

using testing::AllOf;
using testing::HasSubstr;

Field Column(std::string name, TypeKind kind) {
  return {.name = std::move(name), .type = {.kind = kind}};
}

// id 1, ts 2, name 3, price 4, address 5 (city 9, zip 10), tags 6 (element 11), order date 7,
// ts_hour 8.
Schema Orders() {
  Field address = Column("address", TypeKind::kStruct);
  address.type.fields = {Column("city", TypeKind::kString), Column("zip", TypeKind::kInt)};
  Field tags = Column("tags", TypeKind::kList);
  tags.type.fields = {Column("element", TypeKind::kString)};
  return AssignFreshIds(
      {.fields = {Column("id", TypeKind::kLong), Column("ts", TypeKind::kTimestamp),
                  Column("Name", TypeKind::kString), Column("price", TypeKind::kDouble), address,
                  tags, Column("order date", TypeKind::kDate), Column("ts_hour", TypeKind::kInt)}});
}

Result<PartitionSpec> SpecOf(const std::vector<std::string>& texts) {
  std::vector<PartitionTerm> terms;
  for (const std::string& text : texts) {
    EIDER_ASSIGN(terms.emplace_back(), ParsePartitionTerm(text));
  }
  return MakePartitionSpec(Orders(), terms);
}

PartitionField FieldOf(const std::string& text) {
  const auto spec = SpecOf({text});
  EXPECT_TRUE(spec) << spec.error().message;
  return spec ? spec->fields.front() : PartitionField{};
}

std::string ErrorOf(const std::vector<std::string>& texts) {
  const auto spec = SpecOf(texts);
  if (spec) return "none";
  EXPECT_EQ(spec.error().code, Code::kInvalid);
  return spec.error().message;
}

TEST(PartitionTerm, IsReadInEveryWayThatPeopleWriteIt) {
  const std::vector<std::pair<std::string, std::string>> written = {
      {"day(ts)", "day(ts)"},
      {" Days ( ts ) ", "day(ts)"},
      {"years(ts)", "year(ts)"},
      {"MONTHS(ts)", "month(ts)"},
      {"hours(ts)", "hour(ts)"},
      {"bucket(16, id)", "bucket(16, id)"},
      {"bucket(id,16)", "bucket(16, id)"},
      {"truncate(4, name)", "truncate(4, name)"},
      {"region", "region"},
      {"identity(region)", "region"},
      {"address.city", "address.city"},
      {"\"order date\"", "\"order date\""},
      {"day(`order date`)", "day(\"order date\")"},
      {"\"a \"\"b\"\"\"", "\"a \"\"b\"\"\""},
      {"bucket(4, \"16\")", "bucket(4, 16)"},
      {"größe", "größe"},
      {"day(ts) AS ts_date", "day(ts) as ts_date"},
      {"day", "day"},
  };
  for (const auto& [text, expected] : written) {
    const auto term = ParsePartitionTerm(text);
    ASSERT_TRUE(term) << text << ": " << term.error().message;
    EXPECT_EQ(ToString(*term), expected);
  }
}

TEST(PartitionTerm, WrittenIsReadAsTheSame) {
  for (const std::string column : {"a", "a b", "a\"b", "a`b", "a(b)", "a,b", "16", "as", "ñ.x"}) {
    for (const Transform transform :
         {Transform{}, Transform{TransformKind::kBucket, 3}, Transform{TransformKind::kDay}}) {
      const PartitionTerm term{{transform, column}, "x y"};
      const auto back = ParsePartitionTerm(ToString(term));
      ASSERT_TRUE(back) << ToString(term) << ": " << back.error().message;
      EXPECT_EQ(*back, term) << ToString(term);
    }
  }
}

TEST(PartitionTerm, ThatIsNoneSaysWhatItIsAndWhatIsPossible) {
  const std::vector<std::pair<std::string, std::string>> wrong = {
      {"", "a name is missing at the end"},
      {"dayz(ts)", "there is no transform dayz; did you mean 'day'?"},
      {"zorder(a)", "known are: identity, bucket, truncate, year"},
      {"void(ts)", "there is no transform void"},
      {"day(ts", "a ) is missing"},
      {"day(ts, id)", "day takes one column, as day(ts)"},
      {"day()", "a name is missing before `)`"},
      {"bucket(id)", "bucket takes a whole number from 1 to 2147483647 and a column"},
      {"bucket(0, id)", "bucket takes a whole number"},
      {"bucket(99999999999, id)", "bucket takes a whole number"},
      {"truncate(-1, id)", "a name is missing before `-1"},
      {"order date", "`date` is not expected there"},
      {"\"ts", "a quote \" is not closed"},
      {"ts as", "a name is missing at the end"},
      {"ts desc", "`desc` is not expected there"},
  };
  for (const auto& [text, expected] : wrong) {
    const auto term = ParsePartitionTerm(text);
    ASSERT_FALSE(term) << text;
    EXPECT_EQ(term.error().code, Code::kInvalid);
    EXPECT_THAT(term.error().message, AllOf(HasSubstr("`" + text + "`: "), HasSubstr(expected)));
  }
}

TEST(PartitionTerm, FieldsHaveTheNamesAndIdsOfJava) {
  const auto spec = SpecOf({"month(ts)", "bucket(16, id)", "truncate(4, Name)", "price",
                            "address.city", "bucket(8, address.zip)"});
  ASSERT_TRUE(spec) << spec.error().message;
  EXPECT_EQ(spec->spec_id, 0);
  EXPECT_EQ(spec->fields,
            (std::vector<PartitionField>{{2, 1000, "ts_month", "month"},
                                         {1, 1001, "id_bucket", "bucket[16]"},
                                         {3, 1002, "Name_trunc", "truncate[4]"},
                                         {4, 1003, "price", "identity"},
                                         {9, 1004, "address.city", "identity"},
                                         {10, 1005, "address.zip_bucket", "bucket[8]"}}));
  EXPECT_EQ(FieldOf("year(ts)").name, "ts_year");
  EXPECT_EQ(FieldOf("day(ts)").name, "ts_day");
  EXPECT_EQ(FieldOf("hour(ts) as at").name, "at");
}

TEST(PartitionTerm, NamesAColumnInAnyCaseWhereOneIsMeant) {
  EXPECT_EQ(FieldOf("NAME"), (PartitionField{3, 1000, "Name", "identity"}));
  Schema schema;
  schema.fields = {Column("a", TypeKind::kInt), Column("A", TypeKind::kInt)};
  schema = AssignFreshIds(schema);
  const std::vector<PartitionTerm> exact = {{{{}, "A"}}};
  EXPECT_EQ(MakePartitionSpec(schema, exact)->fields[0].source_id, 2);
  schema.fields[0].name = "ab";
  schema.fields[1].name = "AB";
  const std::vector<PartitionTerm> either = {{{{}, "Ab"}}};
  EXPECT_FALSE(MakePartitionSpec(schema, either));
}

TEST(PartitionTerm, OfAWrongColumnSaysWhatIsPossible) {
  EXPECT_THAT(ErrorOf({"day(tss)"}),
              AllOf(HasSubstr("`day(tss)`"), HasSubstr("there is no column `tss`"),
                    HasSubstr("did you mean `ts`?")));
  EXPECT_THAT(ErrorOf({"zzzzzzzz"}), HasSubstr("there are id, ts, Name, price, address.city"));
  EXPECT_THAT(ErrorOf({"day(id)"}),
              AllOf(HasSubstr("column `id` is of type long"),
                    HasSubstr("can be made: id, bucket(N, id), truncate(W, id)")));
  EXPECT_THAT(ErrorOf({"hour(\"order date\")"}),
              HasSubstr("year(\"order date\"), month(\"order date\"), day(\"order date\")"));
  EXPECT_THAT(ErrorOf({"bucket(4, price)"}), HasSubstr("can be made: price"));
  EXPECT_THAT(ErrorOf({"address"}), HasSubstr("such as `address.city`"));
  EXPECT_THAT(ErrorOf({"tags"}), HasSubstr("of which no term can be made"));
  EXPECT_THAT(ErrorOf({"tags.element"}), HasSubstr("inside of a list or a map"));
}

TEST(PartitionTerm, TwoThatDoNotGoTogetherAreRefusedAsJavaDoes) {
  EXPECT_THAT(ErrorOf({"id", "identity(id) as other"}),
              HasSubstr("the table is partitioned by `id` already"));
  EXPECT_THAT(ErrorOf({"day(ts)", "hour(ts)"}),
              AllOf(HasSubstr("`hour(ts)`"), HasSubstr("`day(ts)` divides the same column")));
  EXPECT_THAT(ErrorOf({"bucket(16, id)", "bucket(8, id)"}),
              AllOf(HasSubstr("its name would be `id_bucket`, which `bucket(16, id)` has"),
                    HasSubstr("`bucket(8, id) as id_bucket_2`")));
  EXPECT_EQ(ErrorOf({"bucket(16, id)", "bucket(8, id) as id_bucket_2"}), "none");
  EXPECT_EQ(ErrorOf({"ts", "day(ts)"}), "none");
}

TEST(PartitionTerm, AFieldHasNoOtherColumnsName) {
  EXPECT_THAT(ErrorOf({"hour(ts)"}), AllOf(HasSubstr("`ts_hour`, which is another column's"),
                                           HasSubstr("`hour(ts) as ts_hour_part`")));
  EXPECT_EQ(ErrorOf({"hour(ts) as ts_hour_part"}), "none");
  EXPECT_THAT(ErrorOf({"id as ts"}), HasSubstr("which is another column's"));
  EXPECT_THAT(ErrorOf({"bucket(4, id) as id"}), HasSubstr("which is another column's"));
}

TEST(PartitionTerm, ASpecIsShownAsItsTerms) {
  const std::vector<std::string> terms = {"day(ts)", "bucket(16, id) as b", "address.city"};
  EXPECT_EQ(SpecText(Orders(), *SpecOf(terms)), "day(ts), bucket(16, id) as b, address.city");
  EXPECT_EQ(SpecText(Orders(), {}), "unpartitioned");
  const PartitionSpec foreign{.fields = {{1, 1000, "z", "zorder"}, {77, 1001, "g_day", "day"}}};
  EXPECT_EQ(SpecText(Orders(), foreign), "zorder(id) as z, day(\"column 77\") as g_day");
}

}  // namespace
}  // namespace eider::iceberg
