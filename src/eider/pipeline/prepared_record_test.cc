// Records as texts: whole, cut, changed and of another time. How one becomes rows:
// commit_prepared_test.cc.
#include "eider/pipeline/prepared_record.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/codec/json.h"
#include "eider/routes/testing/every_attribute.h"
#include "eider/routing/rejects_route.h"

namespace eider::pipeline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

PreparedPart PartOf(routes::Route route, std::string token) {
  PreparedPart part;
  part.plan = {std::move(route), {"a", std::nullopt}, std::move(token)};
  part.record = {.route = part.plan.route.partition_key,
                 .values = part.plan.values,
                 .target_table = part.plan.table().ToString(),
                 .commit_token = part.plan.commit_token,
                 .rows = 7,
                 .counts = {.read = 9, .filtered = 1, .rejected = 1}};
  return part;
}

// A file of two parts, of which one has its rejects, with bytes that are no text wherever there
// may be some.
PreparedRecord Record() {
  PreparedRecord record{.program = "eider 0",
                        .prepared_at = TimePoint(Milliseconds(1'700'000)),
                        .files = {},
                        .rows = {}};
  auto file = std::make_shared<FileTally>();  // shared: as RowsShare::file
  file->file.claim.file.uri = {"s3", "b", "k\xff"};
  file->file.claim.file.etag = "e";
  file->file.claim.commit_token = "t";
  file->plan.column = "c\xfe";
  file->parts.push_back(PartOf(routes::EveryAttribute("k"), "t1"));
  file->parts.back().rescued = {2, {"x\xff"}};
  file->parts.back().transformed = engine::Transformed{"it\xff", 3, 4};
  file->parts.push_back(PartOf(routing::BadRowsRoute(routes::EveryAttribute("k")), "t2"));
  file->parts.back().rejects_of = 0;
  file->plan.parts.push_back(file->parts[0].plan);
  record.files.push_back(file);
  for (std::size_t i = 0; i < 2; ++i) {
    iceberg::DataFile data;
    data.file_path = "s3://lake/a" + std::to_string(i);
    data.record_count = 7;
    data.file_size_in_bytes = 100;
    data.lower_bounds[1] = std::string("\0\xff", 2);
    data.partition = {std::nullopt, "\xff"};
    std::vector<RowsShare> shares{
        {file, i, file->parts[i].plan.commit_token, file->parts[i].record.counts}};
    record.rows.push_back({.table = file->parts[i].plan.table(),
                           .table_uuid = "u",
                           .data_files = {data},
                           .shares = std::move(shares)});
  }
  return record;
}

TEST(PreparedRecord, IsReadAsItWasWritten) {
  const std::string text = PreparedText(Record());
  const auto read = ParsePrepared(text, "r");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(PreparedText(*read), text);
  EXPECT_EQ(read->program, "eider 0");
  EXPECT_EQ(UnixMillis(read->prepared_at), 1'700'000);
  ASSERT_THAT(read->files, SizeIs(1));
  const FileTally& file = *read->files[0];
  EXPECT_EQ(file.file.claim.file.uri.key, "k\xff");
  EXPECT_EQ(file.plan.column, "c\xfe");
  ASSERT_THAT(file.parts, SizeIs(2));
  EXPECT_EQ(file.parts[0].plan.route, routes::EveryAttribute("k"));
  EXPECT_EQ(file.parts[0].record, Record().files[0]->parts[0].record);
  EXPECT_THAT(file.parts[0].rescued.columns, ElementsAre("x\xff"));
  EXPECT_EQ(file.parts[0].transformed, (engine::Transformed{"it\xff", 3, 4}));
  EXPECT_EQ(file.parts[1].rejects_of, 0);
  EXPECT_THAT(file.plan.parts, SizeIs(1));
  ASSERT_THAT(read->rows, SizeIs(2));
  EXPECT_TRUE(read->rows[0].is_recorded);
  EXPECT_EQ(read->rows[0].data_files[0].lower_bounds.at(1), std::string("\0\xff", 2));
  EXPECT_THAT(read->rows[0].data_files[0].partition, ElementsAre(std::nullopt, "\xff"));
  EXPECT_EQ(read->rows[1].shares[0].commit_token, "t2");
}

TEST(PreparedRecord, CutAnywhereItIsRefused) {
  const std::string text = PreparedText(Record());
  for (std::size_t bytes = 0; bytes + 1 < text.size(); bytes += 7) {
    const auto read = ParsePrepared(text.substr(0, bytes), "r");
    ASSERT_FALSE(read) << bytes;
    EXPECT_EQ(read.error().code, Code::kCorrupt);
    EXPECT_THAT(read.error().message, HasSubstr("r is no whole prepared record"));
  }
}

TEST(PreparedRecord, ChangedItIsRefused) {
  std::string text = PreparedText(Record());
  text.replace(text.find("s3://lake/a0"), 12, "s3://lake/b0");
  const auto read = ParsePrepared(text, "r");
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("its checksum is another"));
}

TEST(PreparedRecord, OfANewerVersionItSaysSo) {
  codec::Json json = codec::Json::parse(PreparedText(Record()));
  json["eider_prepared"] = 3;
  const auto read = ParsePrepared(json.dump(), "r");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::kUnsupported);
  EXPECT_THAT(read.error().message, HasSubstr("version 3, and this program knows version 2"));
}

TEST(PreparedRecord, APieceIsOfOneFileAndOfAVersionThatEarlierProgramsRefuse) {
  PreparedRecord record = Record();
  EXPECT_EQ(codec::ParseJson(PreparedText(record))->at("eider_prepared"), 1);
  record.piece = engine::Piece{2, 3};
  const std::string text = PreparedText(record);
  EXPECT_EQ(codec::ParseJson(text)->at("eider_prepared"), 2);
  EXPECT_THAT(ParsePrepared(text, "r").error().message, HasSubstr("more than one file or route"));
  record.files.front()->parts.resize(1);
  record.rows.resize(1);
  const auto back = ParsePrepared(PreparedText(record), "r");
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->piece, record.piece);
}

}  // namespace
}  // namespace eider::pipeline
