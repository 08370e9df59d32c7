// Opening and writing within what a query was granted.
#include "eider/engine/query_grants.h"

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/store/object_store.h"

namespace eider::engine {

Status OutputFile::Write(std::string_view bytes) {
  EIDER_CHECK(upload_->Write(bytes));
  size_bytes_ += bytes.size();
  if (bytes.size() >= kTailBytes) {
    tail_.assign(bytes);
    return {};
  }
  // Cut rarely, so that the cost of keeping the tail is one copy of each byte.
  if (tail_.size() + bytes.size() > 2 * kTailBytes) {
    tail_.erase(0, tail_.size() - (kTailBytes - bytes.size()));
  }
  tail_.append(bytes);
  return {};
}

void QueryGrants::AllowRead(const FileRef& file, const store::Prefetch* opening) {
  inputs_.insert_or_assign(file.uri.ToString(), Input{file, opening, nullptr});
}

void QueryGrants::AllowWrite(const Uri& folder) {
  output_folder_ = folder;
}

bool QueryGrants::MayRead(std::string_view path) const {
  return inputs_.contains(path);
}

bool QueryGrants::IsOutputFolder(std::string_view path) const {
  if (!output_folder_) return false;
  while (path.ends_with('/')) path.remove_suffix(1);
  return path == kOutputFolder;
}

std::string QueryGrants::InputsText() const {
  std::vector<std::string_view> uris;
  for (const auto& [text, input] : inputs_) uris.push_back(text);
  return fmt::format("{}", fmt::join(uris, ", "));
}

Result<store::ObjectReader*> QueryGrants::OpenInput(std::string_view path) {
  if (stop_requested()) return Fail(Code::kCancelled, "the query was stopped");
  const auto found = inputs_.find(path);
  if (found == inputs_.end()) {
    return Fail(Code::kDenied, fmt::format("the SQL of a route may read only its input file {}, "
                                           "not {}",
                                           InputsText(), path));
  }
  const std::lock_guard lock(mutex_);
  Input& input = found->second;
  if (input.reader == nullptr) {
    EIDER_ASSIGN(input.reader, Open(input));
  }
  return input.reader.get();
}

Result<store::SharedReader> QueryGrants::Open(const Input& input) {
  if (input.opening != nullptr) return input.opening->Reader();
  return store_.Open(input.file.uri, {input.file.etag, input.file.version_id, stop_});
}

Result<OutputFile*> QueryGrants::StartOutput(std::string_view path) {
  const std::size_t name = path.rfind('/') + 1;
  if (name == 0 || name == path.size() || !IsOutputFolder(path.substr(0, name))) {
    return Fail(Code::kDenied, fmt::format("not a place this query may write: {}", path));
  }
  const Uri uri = output_folder_->Child(path.substr(name));
  const std::lock_guard lock(mutex_);
  if (outputs_.contains(path)) {
    return Fail(Code::kAlreadyExists, fmt::format("output file was started before: {}", path));
  }
  EIDER_ASSIGN(auto upload, store_.StartUpload(uri));
  auto output = std::make_unique<OutputFile>(uri, std::move(upload));
  return outputs_.emplace(path, std::move(output)).first->second.get();
}

OutputFile* QueryGrants::FindOutput(std::string_view path) {
  const std::lock_guard lock(mutex_);
  const auto found = outputs_.find(path);
  return found == outputs_.end() ? nullptr : found->second.get();
}

void QueryGrants::DiscardOutput(std::string_view path) {
  const std::lock_guard lock(mutex_);
  if (const auto found = outputs_.find(path); found != outputs_.end()) outputs_.erase(found);
}

void QueryGrants::DiscardOutputs() {
  const std::lock_guard lock(mutex_);
  outputs_.clear();
}

void QueryGrants::Record(const Error& error) {
  const std::lock_guard lock(mutex_);
  if (!first_error_) first_error_ = error;
}

std::optional<Error> QueryGrants::FirstError() const {
  const std::lock_guard lock(mutex_);
  return first_error_;
}

}  // namespace eider::engine
