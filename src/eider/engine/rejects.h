// The records of a query's input that are set aside, because they do not read or do not fit: the
// reader of the query gets the others (records/sift.h).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "eider/base/result.h"
#include "eider/engine/query_grants.h"
#include "eider/engine/text_file.h"
#include "eider/records/csv_file.h"
#include "eider/records/json_file.h"
#include "eider/records/reject_limit.h"
#include "eider/records/sift.h"

namespace eider::engine {

// Used by one thread.
class Rejects {
 public:
  // With `keeps_records` they are kept, in a file in `temp_directory`.
  Rejects(records::RejectLimit limit, std::string temp_directory, bool keeps_records)
      : limit_(limit), temp_directory_(std::move(temp_directory)), keeps_records_(keeps_records) {}

  std::uint64_t count() const { return count_; }

  // In the place of the file its good records, where it has others, for all who open it from now
  // on. Gives how many those are. Errors: as records::SiftCsv and SiftJson, kUnavailable (the
  // disk), those of the grants.
  Result<records::Kept> SiftCsv(QueryGrants& grants, const std::string& path,
                                const records::CsvFile& file, const std::string& null_text,
                                std::span<const records::ColumnRule> rules);
  Result<records::Kept> SiftJson(QueryGrants& grants, const std::string& path,
                                 const records::JsonQuestion& question,
                                 std::span<const records::ColumnRule> rules);

  bool keeps_records() const { return keeps_records_; }

  // Whether so many more are beyond the limit, of all.
  bool WouldBeBeyond(std::uint64_t more, std::uint64_t all) const {
    return limit_.IsBeyond(count_ + more, all);
  }

  // Sets a row aside that the query itself leaves out. Errors: kUnavailable (the disk), those of
  // the grants.
  Status Take(QueryGrants& grants, const std::string& path, records::RejectedRecord rejected);

  // The same for rows that only their number is told of.
  void CountFurther(std::uint64_t rows) { count_ += rows; }

  // Whether those set aside are within the limit, of all. Errors: kInvalid, with the first of them.
  Status CheckLimit(std::uint64_t all, const std::string& path) const;

  // That no row is left, of a file that was to make a table; with the first that was set aside.
  Error NothingLeft(const std::string& path) const;

  // Whether one of these errors was made: it is about rows that are set aside.
  bool has_failed() const { return has_failed_; }

  // A JSON object a line: line, column, value, reason, record. Null: none were kept.
  // shared: as records_
  const std::shared_ptr<TextFile>& records() const { return records_; }

 private:
  template <typename Sift>
  Result<records::Kept> Replace(QueryGrants& grants, const std::string& path, const Sift& sift);
  Status Add(records::RejectedRecord rejected, const store::ObjectInfo& of_file);
  Error WithFirst(const std::string& what, const std::string& path) const;

  records::RejectLimit limit_;
  std::string temp_directory_;
  bool keeps_records_;
  std::uint64_t count_ = 0;
  mutable bool has_failed_ = false;
  std::optional<records::RejectedRecord> first_;
  // shared: the grants of the query that reads them hold it too
  std::shared_ptr<TextFile> records_;
};

}  // namespace eider::engine
