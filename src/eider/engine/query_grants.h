// What one query may touch: the objects it may read, and the folder it may write.
//
// The capability behind the sandbox. Nothing opens that is not granted here, by its exact URI text
// or by a prefix of it that a route declares. An input is opened once and held, so that every read
// of the query sees the same content; outputs
// are published only by OutputFile::Finish and otherwise leave nothing behind. The first error of
// the store is kept, because DuckDB would hand it on only as a sentence.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/engine/parquet_facts.h"
#include "eider/store/object_store.h"
#include "eider/store/prefetch.h"

namespace eider::engine {

// One file on its way out. Used by one thread at a time.
class OutputFile {
 public:
  OutputFile(Uri uri, std::unique_ptr<store::ObjectUpload> upload)
      : uri_(std::move(uri)), upload_(std::move(upload)) {}

  Status Write(std::string_view bytes);

  // Publishes it; once it is finished, calls do nothing more.
  Status Finish() { return Publish(&store::ObjectUpload::Finish); }

  // The same; it may be on its way yet.
  Status FinishSoon() { return Publish(&store::ObjectUpload::FinishSoon); }

  bool is_finished() const { return is_finished_; }

  const Uri& uri() const { return uri_; }

  std::uint64_t size_bytes() const { return size_bytes_; }

  // The last bytes written, of a large file at least kTailBytes.
  std::string_view tail() const { return tail_; }

  // Footers of some thousand columns and row groups stay below it.
  static constexpr std::size_t kTailBytes = 1U << 20U;

 private:
  Status Publish(Status (store::ObjectUpload::*finish)());

  Uri uri_;
  std::unique_ptr<store::ObjectUpload> upload_;
  std::uint64_t size_bytes_ = 0;
  std::string tail_;
  bool is_finished_ = false;
};

// Safe for concurrent calls from several threads, as DuckDB's threads read and write. Borrows the
// store.
class QueryGrants {
 public:
  QueryGrants(store::ObjectStore& store, std::stop_token stop)
      : store_(store), stop_(std::move(stop)) {}

  // Before the query runs. `opening`, when given, opens the file already; borrowed.
  void AllowRead(const FileRef& file, const store::Prefetch* opening = nullptr);
  // An object beside the input, or, by a key that ends in '/' or is empty, all objects below it.
  void AllowFurther(const Uri& uri);
  void AllowWrite(const Uri& folder);

  // What DuckDB calls the folder it writes to, whatever its true URI: from an output path it would
  // take the scheme of a file:// URI off.
  static constexpr std::string_view kOutputFolder = "s3://eider-output";

  // Whether there is such an object to be read.
  bool Exists(std::string_view path);
  bool IsOutputFolder(std::string_view path) const;
  // The inputs as people call them, for messages; of many the first.
  std::string InputsText() const;

  // The open object behind `path`; lives as long as the grants.
  // Errors: kInvalid (not granted), kConflict (superseded), kCancelled, those of the store and of
  // CheckInput.
  Result<store::ObjectReader*> OpenInput(std::string_view path) { return Opened(path, true); }

  // The same for readers of our own, which need no CheckInput before them.
  Result<store::ObjectReader*> OpenUnchecked(std::string_view path) { return Opened(path, false); }

  // All bytes of the object were read as JSON that is not nested too deep: what opens it from now
  // on needs no CheckInput. Errors: those of OpenUnchecked.
  Status PassAsJson(std::string_view path);

  // The columns of a Parquet file that are not to be read. Errors: those of OpenInput.
  Result<std::vector<UnreadableColumn>> UnreadableColumns(std::string_view path);

  // What the footer of a Parquet file says of all of it; nothing for other files. Errors: those of
  // OpenInput.
  Result<std::optional<ParquetShape>> ShapeOf(std::string_view path);

  // From now on the object ends there, for those who open it: what is behind means nothing. Errors:
  // those of OpenInput.
  Status CutAt(std::string_view path, std::uint64_t size_bytes);

  // From now on `path` gives what `reader` reads, for those who open it. Errors: those of
  // OpenInput.
  Status Replace(std::string_view path, store::SharedReader reader);

  // From now on the object has `end` behind its first `kept_bytes`, for those who open it, who have
  // CheckInput look at it so. Errors: those of OpenInput.
  Status EndWith(std::string_view path, std::uint64_t kept_bytes, std::string end);

  // From now on `path` gives the first bytes of the object, and those from `begin` to `end`, for
  // those who open it. Errors: those of OpenInput.
  Status Narrow(std::string_view path, std::uint64_t head_bytes, std::uint64_t begin,
                std::uint64_t end);

  // Grants `view`, for readers of our own: the beginning of the object behind `path`, then `end`.
  // Errors: those of OpenInput.
  Status AllowWithEnd(const std::string& view, std::string_view path, std::uint64_t kept_bytes,
                      std::string end);

  // The objects that `path` stands for. It stands for itself, a pattern below a granted prefix for
  // those that match. Errors: those of OpenInput; kNotFound (nothing matches), kInvalid (too many).
  Result<std::vector<std::string>> Expand(std::string_view path);

  // Before that output is started: its file goes to this folder below the granted one.
  void PlaceOutput(const std::string& path, std::string folder);
  // Errors: kDenied (not in the granted folder), kAlreadyExists (started before), those of the
  // store.
  Result<OutputFile*> StartOutput(std::string_view path);
  // Null where no such output was started.
  OutputFile* FindOutput(std::string_view path);
  void DiscardOutput(std::string_view path);
  void DiscardOutputs();

  // Keeps the first error that a file operation met, for the caller of the query.
  void Record(const Error& error);
  std::optional<Error> FirstError() const;

  bool stop_requested() const { return stop_.stop_requested(); }

 private:
  struct Input {
    FileRef file;
    const store::Prefetch* opening = nullptr;
    std::mutex mutex;  // guards what follows
    store::SharedReader reader;
    bool is_checked = false;                   // by CheckInput
    std::vector<UnreadableColumn> unreadable;  // once the reader is there
    std::optional<ParquetShape> shape;         // the same
  };

  Result<store::ObjectReader*> Opened(std::string_view path, bool is_checked);
  Result<Input*> FindInput(std::string_view path);
  Result<store::SharedReader> Open(const Input& input);
  Result<std::vector<std::string>> ListMatching(std::string_view pattern, std::string_view literal);
  bool IsBelowPrefix(std::string_view path) const;
  Error NotGranted(std::string_view path) const;

  store::ObjectStore& store_;
  std::stop_token stop_;
  std::vector<std::string> input_texts_;  // of the inputs proper
  std::vector<std::string> prefixes_;     // URI texts that end in '/'
  std::optional<Uri> output_folder_;

  mutable std::mutex mutex_;  // guards the inputs, the outputs and the error
  std::map<std::string, Input, std::less<>> inputs_;  // by URI text; grows below the prefixes
  std::map<std::string, std::unique_ptr<OutputFile>, std::less<>> outputs_;  // by URI text
  std::map<std::string, std::string, std::less<>> output_folders_;  // by URI text, where placed
  std::optional<Error> first_error_;
};

// shared: DuckDB's file handles may outlive the query that opened them.
using SharedGrants = std::shared_ptr<QueryGrants>;

}  // namespace eider::engine
