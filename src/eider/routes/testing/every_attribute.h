// For tests: a route whose every attribute is set.
#pragma once

#include <string>

#include "eider/base/uri.h"
#include "eider/iceberg/table_name.h"
#include "eider/routes/route.h"

namespace eider::routes {

inline Route EveryAttribute(const std::string& key) {
  return {.partition_key = key,
          .target_table = {{"bronze", "deep"}, "orders"},
          .query_sql = "SELECT 'it''s \"ñ\"' AS x\nFROM '{s3_input_path}'\n",
          .create_table = true,
          .layout = {.partition_by = {{{{iceberg::TransformKind::kDay}, "ts"}},
                                      {{{iceberg::TransformKind::kBucket, 16}, "a \"b\".ñ"}, "b"}},
                     .sort_by = {{{{}, "ts"},
                                  iceberg::SortDirection::kDescending,
                                  iceberg::NullOrder::kFirst}},
                     .properties = {{"write.parquet.compression-codec", "snappy"}, {"owner", ""}},
                     .location = Uri{"s3", "lake", "else where/orders"}},
          .enabled = false,
          .inputs = {Uri{"s3", "reference", "rates/it's*[x] ñ.csv"}, Uri{"s3", "reference", ""},
                     Uri{"file", "", "/data/ref/"}, iceberg::TableName{{"ref"}, "customers"}},
          .types = {{"amount", "DECIMAL(12,2)"}, {"day of ñ.x", "DATE '%d/%m/%Y'"}},
          .encoding = "windows-1252",
          .reject = records::RejectLimit{.percent = 0.5},
          .schema = SchemaContract::kEvolve,
          .rescue = "left \"over\" ñ",
          .lineage = true,
          .transform = "clean \"ñ\"",
          .then_sql = "SELECT *\nFROM transformed",
          .engine = {.memory_limit_bytes = 512U << 20U,
                     .threads = 3,
                     .timeout = Milliseconds(60'001),
                     .group_files = 7},
          .commit_lag = Milliseconds(0),
          .after_load = AfterLoad{ObjectDeed::kMove, Uri{"s3", "archive", "in/ñ x/"}},
          .after_failure = AfterLoad{ObjectDeed::kTag},
          .priority = -7,
          .description = "first line: \"quoted\"\nsecond # line",
          .owner = "ada <ada@example.com>",
          .updated_at = "2026-11-24T12:00:00Z",
          .version = 9'007'199'254'740'993};
}

inline Route SameAs(const std::string& key, const std::string& other) {
  return {.partition_key = key, .same_as = other};
}

}  // namespace eider::routes
