#include "eider/pipeline/prepared_pieces.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/iceberg/manifest.h"
#include "eider/pipeline/load_append.h"

namespace eider::pipeline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

PreparedRecord PieceOf(int number, int of, int rows, const std::string& key = "big") {
  auto file = std::make_shared<FileTally>();  // shared: as RowsShare::file
  file->file.claim.file.uri = {"s3", "b", key};
  file->file.claim.file.etag = "e";
  PreparedPart& part = file->parts.emplace_back();
  part.plan.route.partition_key = "b";
  part.record.rows = rows;
  part.record.counts = {.read = rows + 1, .filtered = 1};
  part.record.is_loaded = rows == 0;
  PreparedRecord record{.files = {file}, .piece = engine::Piece{number, of}};
  if (rows == 0) return record;
  iceberg::DataFile data;
  data.file_path = key + std::to_string(number);
  record.rows.push_back({.table_uuid = "u", .data_files = {data}, .is_recorded = true});
  record.rows.back().shares.push_back({file, 0, "t", part.record.counts});
  return record;
}

std::vector<std::string> PathsOf(const PreparedRecord& record) {
  std::vector<std::string> paths;
  for (const auto& rows : record.rows) {
    for (const auto& file : rows.data_files) paths.push_back(file.file_path);
  }
  return paths;
}

// Nothing, in a test that goes on.
std::optional<PreparedRecord> Added(PreparedPieces& pieces, PreparedRecord record) {
  auto whole = pieces.Add(std::move(record));
  EXPECT_TRUE(whole) << (whole ? "" : whole.error().message);
  return whole ? *std::move(whole) : std::nullopt;
}

TEST(PreparedPieces, TheLastOneGivesTheWholeFileInWhateverOrderTheyCome) {
  PreparedPieces pieces;
  EXPECT_FALSE(Added(pieces, PieceOf(3, 3, 30)));
  EXPECT_FALSE(Added(pieces, PieceOf(1, 3, 10)));
  EXPECT_FALSE(Added(pieces, PieceOf(1, 3, 10)));  // of a task that was run again
  ASSERT_THAT(pieces.Incomplete(), SizeIs(1));
  EXPECT_THAT(pieces.Incomplete().front().missing, ElementsAre(2));
  const auto whole = Added(pieces, PieceOf(2, 3, 20));
  ASSERT_TRUE(whole);
  EXPECT_THAT(PathsOf(*whole), ElementsAre("big1", "big2", "big3"));
  EXPECT_TRUE(whole->is_unclaimed);
  EXPECT_FALSE(whole->piece);
  const ledger::PartRecord& record = whole->files.front()->parts.front().record;
  EXPECT_EQ(record.rows, 60);
  EXPECT_EQ(record.counts, (ledger::RowCounts{.read = 63, .filtered = 3}));
  EXPECT_EQ(whole->rows.front().shares.front().counts, record.counts);
  EXPECT_THAT(pieces.Incomplete(), IsEmpty());
  EXPECT_FALSE(Added(pieces, PieceOf(2, 3, 20)));
}

TEST(PreparedPieces, PiecesWithoutRowsCount) {
  PreparedPieces pieces;
  EXPECT_FALSE(Added(pieces, PieceOf(1, 3, 0)));
  EXPECT_FALSE(Added(pieces, PieceOf(3, 3, 0)));
  const auto whole = Added(pieces, PieceOf(2, 3, 5));
  ASSERT_TRUE(whole);
  EXPECT_THAT(PathsOf(*whole), ElementsAre("big2"));
  EXPECT_FALSE(whole->files.front()->parts.front().record.is_loaded);
  EXPECT_FALSE(Added(pieces, PieceOf(1, 2, 0, "none")));
  const auto none = Added(pieces, PieceOf(2, 2, 0, "none"));
  ASSERT_TRUE(none);
  EXPECT_THAT(none->rows, IsEmpty());
}

TEST(PreparedPieces, OnlyPiecesOfTheSameCutGoTogether) {
  PreparedPieces pieces;
  EXPECT_FALSE(Added(pieces, PieceOf(1, 2, 10)));
  EXPECT_FALSE(Added(pieces, PieceOf(2, 3, 10)));
  EXPECT_FALSE(Added(pieces, PieceOf(2, 2, 10, "other")));
  EXPECT_THAT(pieces.Incomplete(), SizeIs(3));
  EXPECT_TRUE(Added(pieces, PieceOf(2, 2, 10)));
  EXPECT_THAT(pieces.Incomplete(), SizeIs(1));
}

TEST(PreparedPieces, PiecesThatDoNotGoTogetherAreRefused) {
  const auto message = [](PreparedRecord other) {
    PreparedPieces pieces;
    EXPECT_FALSE(Added(pieces, PieceOf(1, 2, 10)));
    const auto whole = pieces.Add(std::move(other));
    return whole ? "(none)" : whole.error().message;
  };
  PreparedRecord routed = PieceOf(2, 2, 1);
  routed.files.front()->parts.front().plan.route.query_sql = "another";
  EXPECT_THAT(message(std::move(routed)), HasSubstr("other routes"));
  PreparedRecord remade = PieceOf(2, 2, 1);
  remade.rows.front().table_uuid = "another";
  EXPECT_THAT(message(std::move(remade)), HasSubstr("that is another's by now"));
  PreparedRecord grown = PieceOf(2, 2, 1);
  grown.rows.front().evolution.emplace();
  EXPECT_THAT(message(std::move(grown)), HasSubstr("prepare the file whole"));
}

TEST(PreparedPieces, WhatIsInIsInAsAWhole) {
  PreparedPieces pieces;
  EXPECT_FALSE(Added(pieces, PieceOf(1, 2, 10)));
  PreparedRecord in = PieceOf(2, 2, 0);
  in.files.front()->parts.front().was_in = true;
  const auto whole = Added(pieces, std::move(in));
  ASSERT_TRUE(whole);
  EXPECT_THAT(whole->rows, IsEmpty());
}

}  // namespace
}  // namespace eider::pipeline
