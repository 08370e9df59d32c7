// What gives a file its routing key: where it lies, what it says of itself, or what is in it.
//
//   bucket                         the bucket's name
//   folder, folder:1, folder:0-1   segments of the decoded key, from 0, joined by '/'; the object's
//                                  own name is no folder
//   bucket/folder, and with :1, :0-1   the bucket, '/' and those segments
//   key-regex:PATTERN              what the group (?P<key>..) of an RE2 pattern matches in the key
//   object-metadata:NAME           the object's user-defined metadata x-amz-meta-NAME
//   object-tag:NAME                the object's tag
//   parquet-metadata:NAME          the key-value metadata in a Parquet file's footer
//   column:NAME                    each distinct value of a column; dotted: the leaf of a struct
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <re2/re2.h>

#include "eider/base/result.h"
#include "eider/routing/file_facts.h"

namespace eider::routing {

// Folders of a key by their places, from 0.
struct FolderRange {
  int first = 0;
  int last = 0;
};

struct KeyPattern {
  std::unique_ptr<const re2::RE2> regex = {};
  int key_group = 0;  // the number of the group `key`
};

// Is moved and not copied: it owns its compiled pattern. Safe for concurrent calls from several
// threads, each with facts of its own.
class Strategy {
 public:
  enum class Kind : std::uint8_t {
    kBucket,
    kFolder,
    kBucketFolder,
    kKeyRegex,
    kObjectMetadata,
    kObjectTag,
    kParquetMetadata,
    kColumn,
  };

  // Errors: kInvalid that names the strategy, what is wrong with it and how it is written right.
  static Result<Strategy> Parse(std::string_view text);

  // Parse reads it as the same strategy.
  std::string ToString() const;

  // The column whose values are the keys; empty for all other strategies.
  std::string_view column() const;

  // The keys of the file: none or one, never empty; of a column all its distinct values, sorted,
  // null last, of which null and the empty text are no keys. Errors: kInvalid, with the file and
  // the bytes, when a key is not UTF-8; those of `facts`.
  Result<std::vector<ColumnValue>> KeysOf(FileFacts& facts, int column_values_max) const;

 private:
  Result<std::optional<std::string>> KeyOf(FileFacts& facts) const;
  Status CheckKey(std::string_view key, const FileFacts& facts) const;

  Kind kind_ = Kind::kBucket;
  FolderRange folders_;  // kFolder, kBucketFolder
  KeyPattern pattern_;   // kKeyRegex
  std::string name_;     // kObjectMetadata, kObjectTag, kParquetMetadata, kColumn
};

// All of them, in order. Errors: those of Parse.
Result<std::vector<Strategy>> ParseStrategies(std::span<const std::string> texts);

}  // namespace eider::routing
