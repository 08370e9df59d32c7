// Counts and bounds in real files, against values that the Iceberg specification gives
// (Appendix D: single-value serialization; "Metrics": truncation of bounds).
#include "eider/engine/file_metrics.h"

#include <string>
#include <tuple>
#include <vector>

#include "eider/codec/hex.h"
#include "eider/engine/testing/engine_fixture.h"
#include "eider/iceberg/bounds.h"

namespace eider::engine {
namespace {

using iceberg::MetricsMode;

class FileMetrics : public EngineFixture {
 protected:
  // The data file that `SELECT <values> AS v` becomes, in a new table of its own type.
  iceberg::DataFile Write(const std::string& select, const MetricsMode& mode = {}) {
    const FileRef input = MakeParquet("SELECT 1 AS x");
    const std::string sql = "SELECT * FROM (" + select + ") q(v), (SELECT '{s3_input_path}') p(w)";
    const std::string only_v = "SELECT v FROM (" + sql + ")";
    schema_ = Described(input, only_v);
    WriteTarget target{.table_name = "t",
                       .schema = schema_,
                       .data_location = {"s3", "lake", "t"},
                       .file_prefix = "f"};
    for (int id = 1; id < 20; ++id) target.metrics_modes[id] = mode;
    const auto files = FilesOf({only_v, input}, target, {});
    EXPECT_TRUE(files.has_value()) << (files ? "" : files.error().message);
    return files && !files->empty() ? files->front() : iceberg::DataFile{};
  }

  static std::string Hex(const std::map<int, std::string>& bounds, int id = 1) {
    const auto found = bounds.find(id);
    return found == bounds.end() ? "none" : codec::HexEncode(found->second);
  }

  iceberg::Schema schema_;
};

TEST_F(FileMetrics, BoundsAreInSingleValueSerialization) {
  const std::vector<std::tuple<std::string, std::string, std::string>> cases = {
      {"VALUES (false), (true)", "00", "01"},
      {"VALUES (-1), (256)", "ffffffff", "00010000"},
      {"VALUES (-1::BIGINT), (4294967296::BIGINT)", "ffffffffffffffff", "0000000001000000"},
      {"VALUES (-1.5::FLOAT), (2.0::FLOAT)", "0000c0bf", "00000040"},
      {"VALUES (-1.5::DOUBLE), (2.0::DOUBLE)", "000000000000f8bf", "0000000000000040"},
      {"VALUES (0.0::DOUBLE)", "0000000000000080", "0000000000000000"},
      {"VALUES ('-0.0'::FLOAT)", "00000080", "00000000"},
      {"VALUES ('inf'::DOUBLE), ('-inf'::DOUBLE)", "000000000000f0ff", "000000000000f07f"},
      {"VALUES (-1.28::DECIMAL(9,2)), (1.28::DECIMAL(9,2))", "80", "0080"},
      {"VALUES (-1.00::DECIMAL(4,2)), (2.55::DECIMAL(4,2))", "9c", "00ff"},
      {"VALUES (-0.01::DECIMAL(18,2)), (655.36::DECIMAL(18,2))", "ff", "010000"},
      {"VALUES (-1::DECIMAL(38,0)), (18446744073709551616::DECIMAL(38,0))", "ff",
       "010000000000000000"},
      {"VALUES (-99999999999999999999999999999999999999::DECIMAL(38,0))",
       "b4c4b357a5793b85f675ddc000000001", "b4c4b357a5793b85f675ddc000000001"},
      {"VALUES (DATE '1969-12-31'), (DATE '1970-01-02')", "ffffffff", "01000000"},
      {"VALUES ('0044-03-15 (BC)'::DATE)", "48c8f4ff", "48c8f4ff"},  // day -735160
      {"VALUES (TIME '00:00:00.000001'), (TIME '00:00:01')", "0100000000000000",
       "40420f0000000000"},
      {"VALUES (TIMESTAMP '1969-12-31 23:59:59.999999'), (TIMESTAMP '1970-01-01 00:00:01')",
       "ffffffffffffffff", "40420f0000000000"},
      {"VALUES ('1970-01-01 01:00:00+01'::TIMESTAMPTZ), ('1970-01-01 00:00:01+00'::TIMESTAMPTZ)",
       "0000000000000000", "40420f0000000000"},
      {"VALUES ('f79c3e09-677c-4bbd-a479-3f349cb785e7'::UUID)", "f79c3e09677c4bbda4793f349cb785e7",
       "f79c3e09677c4bbda4793f349cb785e7"},
      {"VALUES ('\\x00\\xFF'::BLOB)", "00ff", "00ff"},
      {"VALUES ('a'), ('é')", "61", "c3a9"},
      {"VALUES ('')", "", ""},
  };
  for (const auto& [values, lower, upper] : cases) {
    const iceberg::DataFile file = Write(values);
    EXPECT_EQ(Hex(file.lower_bounds), lower) << values;
    EXPECT_EQ(Hex(file.upper_bounds), upper) << values;
  }
}

TEST_F(FileMetrics, StringBoundsAreCutAndRaised) {
  const iceberg::DataFile text = Write("VALUES (repeat('a', 20)), (repeat('🦆', 20))");
  EXPECT_EQ(text.lower_bounds.at(1), std::string(16, 'a'));
  std::string ducks;
  for (int i = 0; i < 15; ++i) ducks += "🦆";
  EXPECT_EQ(text.upper_bounds.at(1), ducks + "🦇");  // U+1F986 raised to U+1F987
  const iceberg::DataFile bytes = Write("VALUES (repeat('a', 20)::BLOB)");
  EXPECT_EQ(bytes.upper_bounds.at(1), std::string(15, 'a') + "b");
}

// DuckDB cuts long strings in its own statistics; whatever is left must still be true.
TEST_F(FileMetrics, BoundsOfVeryLongStringsAreTrueInEveryMode) {
  const MetricsMode full{MetricsMode::Kind::kFull, 0};
  const MetricsMode long_cut{MetricsMode::Kind::kTruncate, 400};
  for (const int length : {255, 256, 257, 300, 1000}) {
    for (const char* letter : {"z", "é", "🦆"}) {
      const std::string value =
          PlainText("SELECT repeat('" + std::string(letter) + "', " + std::to_string(length) + ")");
      for (const MetricsMode& mode : {full, long_cut, MetricsMode{}}) {
        const iceberg::DataFile file = Write("VALUES (" + Literal(value) + ")", mode);
        if (file.lower_bounds.contains(1)) {
          EXPECT_LE(file.lower_bounds.at(1), value) << length;
        }
        if (file.upper_bounds.contains(1)) {
          EXPECT_GE(file.upper_bounds.at(1), value) << length;
        }
      }
    }
  }
  EXPECT_EQ(Write("VALUES (repeat('q', 200))", full).upper_bounds.at(1), std::string(200, 'q'));
}

TEST_F(FileMetrics, CountsNullsAndValues) {
  const iceberg::DataFile file = Write("VALUES (1), (NULL), (NULL), (4)");
  EXPECT_EQ(file.value_counts.at(1), 4);
  EXPECT_EQ(file.null_value_counts.at(1), 2);
  EXPECT_GT(file.column_sizes.at(1), 0);
  EXPECT_TRUE(file.nan_value_counts.empty());
  const iceberg::DataFile nulls = Write("VALUES (NULL::INT), (NULL)");
  EXPECT_EQ(nulls.null_value_counts.at(1), 2);
  EXPECT_TRUE(nulls.lower_bounds.empty());
  EXPECT_TRUE(nulls.upper_bounds.empty());
}

TEST_F(FileMetrics, NanLeavesNoBoundsOfItsOwnAndNoCount) {
  const iceberg::DataFile some = Write("VALUES ('nan'::DOUBLE), (1.0), (-2.0)");
  EXPECT_EQ(Hex(some.lower_bounds), "00000000000000c0");
  EXPECT_EQ(Hex(some.upper_bounds), "000000000000f03f");
  EXPECT_FALSE(some.nan_value_counts.contains(1));
  const iceberg::DataFile all = Write("VALUES ('nan'::FLOAT), ('nan'::FLOAT), (NULL)");
  EXPECT_EQ(Hex(all.lower_bounds), "none");
  EXPECT_EQ(Hex(all.upper_bounds), "none");
  EXPECT_FALSE(all.nan_value_counts.contains(1));
  const iceberg::DataFile none = Write("VALUES (1.0::FLOAT), (NULL)");
  EXPECT_EQ(none.nan_value_counts.at(1), 0);
}

// RETURN_STATS keeps has_nan of the last row group only.
TEST_F(FileMetrics, NanInTheFirstRowGroupIsNotForgotten) {
  const iceberg::DataFile file = Write(
      "SELECT CASE WHEN i = 5 THEN 'nan'::DOUBLE ELSE i END FROM range(400000) t(i) ORDER BY i");
  EXPECT_GT(file.split_offsets.size(), 1U);
  EXPECT_FALSE(file.nan_value_counts.contains(1));
  EXPECT_EQ(Hex(file.upper_bounds), codec::HexEncode(iceberg::SerializeDouble(399999)));
}

TEST_F(FileMetrics, LeavesOfStructsHaveBoundsAndThoseOfListsAndMapsDoNot) {
  // s 1; a 2, l 3, m 4; l.element 5, m.key 6, m.value 7.
  const iceberg::DataFile file =
      Write("VALUES ({'a': 7, 'l': [1, 2, NULL], 'm': MAP {'k': 1.5::FLOAT}})");
  EXPECT_EQ(Hex(file.lower_bounds, 2), "07000000");
  EXPECT_EQ(file.lower_bounds.size(), 1U);
  EXPECT_EQ(file.upper_bounds.size(), 1U);
  EXPECT_EQ(file.value_counts.at(5), 3);
  EXPECT_EQ(file.null_value_counts.at(5), 1);
  EXPECT_EQ(file.value_counts.at(6), 1);
  EXPECT_EQ(file.nan_value_counts.at(7), 0);
  EXPECT_FALSE(file.value_counts.contains(1));
}

TEST_F(FileMetrics, FollowTheModeOfTheColumn) {
  const iceberg::DataFile none = Write("VALUES (1)", {MetricsMode::Kind::kNone, 0});
  EXPECT_TRUE(none.value_counts.empty());
  EXPECT_TRUE(none.null_value_counts.empty());
  EXPECT_TRUE(none.lower_bounds.empty());
  EXPECT_EQ(none.record_count, 1);
  const iceberg::DataFile counts = Write("VALUES (1)", {MetricsMode::Kind::kCounts, 0});
  EXPECT_EQ(counts.value_counts.at(1), 1);
  EXPECT_TRUE(counts.lower_bounds.empty());
  const iceberg::DataFile cut = Write("VALUES ('abcdef')", {MetricsMode::Kind::kTruncate, 2});
  EXPECT_EQ(cut.lower_bounds.at(1), "ab");
  EXPECT_EQ(cut.upper_bounds.at(1), "ac");
}

TEST_F(FileMetrics, FindTheStatisticsOfColumnsWithOddNames) {
  const FileRef input = MakeParquet("SELECT 1 AS x");
  const std::string sql =
      "SELECT 1 AS \"a.b\", 2 AS \"say \"\"hi\"\"\", {'x.y': 3} AS \"ñ\", 4 AS \"\"\"\" "
      "FROM '{s3_input_path}'";
  const auto files = Run(input, Described(input, sql), sql);
  ASSERT_TRUE(files.has_value()) << files.error().message;
  EXPECT_EQ(files->front().lower_bounds.size(), 4U);
}

TEST(ParquetFooter, RefusesDamage) {
  EXPECT_FALSE(ReadParquetFooter("").has_value());
  EXPECT_FALSE(ReadParquetFooter("PAR1").has_value());
  EXPECT_FALSE(ReadParquetFooter(std::string("\xFF\xFF\xFF\x7FPAR1", 8)).has_value());
  EXPECT_FALSE(ReadParquetFooter(std::string("\x49\xFC\x02\0\0\0PAR1", 10)).has_value());
}

}  // namespace
}  // namespace eider::engine
