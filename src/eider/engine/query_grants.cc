#include "eider/engine/query_grants.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/engine/checked_pages.h"
#include "eider/engine/input_check.h"
#include "eider/engine/path_pattern.h"
#include "eider/store/object_store.h"

namespace eider::engine {
namespace {

// What one query may open, and what it may look through for that.
constexpr std::size_t kObjectsMax = 10'000;
constexpr std::size_t kListedMax = 100'000;

// Parts of an object one behind the other, and perhaps an end of its own.
class PartsReader final : public store::ObjectReader {
 public:
  struct Part {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };

  PartsReader(store::SharedReader whole, std::vector<Part> parts, std::string end)
      : whole_(std::move(whole)),
        info_(whole_->info()),
        parts_(std::move(parts)),
        end_(std::move(end)) {
    info_.size_bytes = end_.size();
    for (const Part& part : parts_) info_.size_bytes += part.end - part.begin;
  }

  const store::ObjectInfo& info() const override { return info_; }

  Status ReadAt(std::uint64_t offset, std::span<char> out) override {
    for (const Part& part : parts_) {
      const std::uint64_t size = part.end - part.begin;
      if (offset < size) {
        const std::uint64_t taken = std::min<std::uint64_t>(out.size(), size - offset);
        EIDER_CHECK(whole_->ReadAt(part.begin + offset, out.first(taken)));
        out = out.subspan(taken);
        offset += taken;
      }
      if (out.empty()) return {};
      offset -= size;
    }
    end_.copy(out.data(), out.size(), offset);
    return {};
  }

 private:
  store::SharedReader whole_;
  store::ObjectInfo info_;
  std::vector<Part> parts_;
  std::string end_;
};

store::SharedReader PartsOf(store::SharedReader whole, std::vector<PartsReader::Part> parts,
                            std::string end = "") {
  return std::make_shared<PartsReader>(std::move(whole), std::move(parts), std::move(end));
}

Error TooMany(std::string_view path) {
  return {Code::kInvalid,
          fmt::format("route SQL reads too many objects by {}: a query opens at most {}, and lists "
                      "at most {}; name fewer of them",
                      path, kObjectsMax, kListedMax)};
}

}  // namespace

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

Status OutputFile::Publish(Status (store::ObjectUpload::*finish)()) {
  if (is_finished_) return {};
  EIDER_CHECK((upload_.get()->*finish)());
  is_finished_ = true;
  return {};
}

void QueryGrants::AllowRead(const FileRef& file, const store::Prefetch* opening) {
  input_texts_.push_back(file.uri.ToString());
  Input& input = inputs_[input_texts_.back()];
  input.file = file;
  input.opening = opening;
}

void QueryGrants::AllowFurther(const Uri& uri) {
  if (uri.key.empty() || uri.key.ends_with('/')) {
    prefixes_.push_back(uri.ToString());
  } else {
    inputs_[uri.ToString()].file.uri = uri;
  }
}

void QueryGrants::AllowWrite(const Uri& folder) {
  output_folder_ = folder;
}

bool QueryGrants::Exists(std::string_view path) {
  {
    const std::lock_guard lock(mutex_);
    if (inputs_.contains(path)) return true;
  }
  return IsBelowPrefix(path) && OpenInput(path).has_value();
}

bool QueryGrants::IsBelowPrefix(std::string_view path) const {
  if (HasDotSegment(path)) return false;
  return std::ranges::any_of(prefixes_, [&](const std::string& prefix) {
    return path.size() > prefix.size() && path.starts_with(prefix);
  });
}

bool QueryGrants::IsOutputFolder(std::string_view path) const {
  if (!output_folder_) return false;
  while (path.ends_with('/')) path.remove_suffix(1);
  return path == kOutputFolder;
}

std::string QueryGrants::InputsText() const {
  constexpr std::size_t kToldMax = 3;
  if (input_texts_.size() <= kToldMax) return fmt::format("{}", fmt::join(input_texts_, ", "));
  return fmt::format("{} and {} more", input_texts_.front(), input_texts_.size() - 1);
}

Result<store::ObjectReader*> QueryGrants::Opened(std::string_view path, bool is_checked) {
  if (stop_requested()) return Fail(Code::kCancelled, "the query was stopped");
  EIDER_ASSIGN(Input* const input, FindInput(path));
  const std::lock_guard lock(input->mutex);
  if (input->reader == nullptr) {
    EIDER_ASSIGN(input->reader, Open(*input));
  }
  if (is_checked && !input->is_checked) {
    EIDER_ASSIGN(auto facts, CheckInput(*input->reader));
    if (facts) {
      input->unreadable = std::move(facts->unreadable);
      input->shape = std::move(facts->shape);
      // Who has the reader from before keeps it: it lives in the new one.
      input->reader = CheckPages(input->reader, *std::move(facts));
    }
    input->is_checked = true;
  }
  return input->reader.get();
}

Status QueryGrants::PassAsJson(std::string_view path) {
  EIDER_CHECK(OpenUnchecked(path));
  EIDER_ASSIGN(Input* const input, FindInput(path));
  const std::lock_guard lock(input->mutex);
  input->is_checked = true;
  return {};
}

Result<std::vector<UnreadableColumn>> QueryGrants::UnreadableColumns(std::string_view path) {
  EIDER_CHECK(OpenInput(path));
  EIDER_ASSIGN(Input* const input, FindInput(path));
  const std::lock_guard lock(input->mutex);
  return input->unreadable;
}

Result<std::optional<ParquetShape>> QueryGrants::ShapeOf(std::string_view path) {
  EIDER_CHECK(OpenInput(path));
  EIDER_ASSIGN(Input* const input, FindInput(path));
  const std::lock_guard lock(input->mutex);
  return input->shape;
}

Status QueryGrants::CutAt(std::string_view path, std::uint64_t size_bytes) {
  EIDER_CHECK(OpenUnchecked(path));
  EIDER_ASSIGN(Input* const input, FindInput(path));
  const std::lock_guard lock(input->mutex);
  if (input->reader->info().size_bytes <= size_bytes) return {};
  input->reader = PartsOf(input->reader, {{0, size_bytes}});
  return {};
}

Status QueryGrants::Replace(std::string_view path, store::SharedReader reader) {
  EIDER_ASSIGN(Input* const input, FindInput(path));
  const std::lock_guard lock(input->mutex);
  input->reader = std::move(reader);
  return {};
}

Status QueryGrants::EndWith(std::string_view path, std::uint64_t kept_bytes, std::string end) {
  EIDER_CHECK(OpenUnchecked(path));
  EIDER_ASSIGN(Input* const input, FindInput(path));
  const std::lock_guard lock(input->mutex);
  input->reader = PartsOf(input->reader, {{0, kept_bytes}}, std::move(end));
  return {};
}

Status QueryGrants::Narrow(std::string_view path, std::uint64_t head_bytes, std::uint64_t begin,
                           std::uint64_t end) {
  EIDER_CHECK(OpenUnchecked(path));
  EIDER_ASSIGN(Input* const input, FindInput(path));
  const std::lock_guard lock(input->mutex);
  input->reader = PartsOf(input->reader, {{0, head_bytes}, {begin, end}});
  return {};
}

Status QueryGrants::AllowWithEnd(const std::string& view, std::string_view path,
                                 std::uint64_t kept_bytes, std::string end) {
  EIDER_CHECK(OpenInput(path));
  EIDER_ASSIGN(Input* const input, FindInput(path));
  auto reader = PartsOf(input->reader, {{0, kept_bytes}}, std::move(end));
  const std::lock_guard lock(mutex_);
  Input& made = inputs_[view];
  made.reader = std::move(reader);
  made.is_checked = true;
  return {};
}

Result<QueryGrants::Input*> QueryGrants::FindInput(std::string_view path) {
  const std::lock_guard lock(mutex_);
  if (const auto found = inputs_.find(path); found != inputs_.end()) return &found->second;
  if (!IsBelowPrefix(path)) return std::unexpected(NotGranted(path));
  if (inputs_.size() >= kObjectsMax) return std::unexpected(TooMany(path));
  EIDER_ASSIGN(const Uri uri, Uri::Parse(path));
  Input& input = inputs_[std::string(path)];
  input.file.uri = uri;
  return &input;
}

Error QueryGrants::NotGranted(std::string_view path) const {
  return {Code::kInvalid,
          fmt::format("the SQL of a route may read only its input file {}, not {}; further objects "
                      "and prefixes are declared in the route's `inputs`",
                      InputsText(), path)};
}

Result<std::vector<std::string>> QueryGrants::Expand(std::string_view path) {
  const std::string_view literal = LiteralPart(path);
  const bool is_pattern = literal.size() < path.size();
  bool is_known = false;
  {
    const std::lock_guard lock(mutex_);
    is_known = inputs_.contains(path);
  }
  if (is_known || !is_pattern) {
    EIDER_CHECK(OpenUnchecked(path));
    return std::vector<std::string>{std::string(path)};
  }
  const bool is_granted = std::ranges::any_of(
      prefixes_, [&](const std::string& prefix) { return literal.starts_with(prefix); });
  if (!is_granted || HasDotSegment(path)) return std::unexpected(NotGranted(path));
  return ListMatching(path, literal);
}

Result<std::vector<std::string>> QueryGrants::ListMatching(std::string_view pattern,
                                                           std::string_view literal) {
  EIDER_ASSIGN(const Uri prefix, Uri::Parse(literal));
  std::vector<std::string> found;
  std::size_t listed = 0;
  EIDER_CHECK(store_.List(prefix, [&](const store::ObjectInfo& info) {
    const std::string text = info.uri.ToString();
    if (MatchesPath(pattern, text)) found.push_back(text);
    ++listed;
    return !stop_requested() && listed <= kListedMax && found.size() <= kObjectsMax;
  }));
  if (stop_requested()) return Fail(Code::kCancelled, "the query was stopped");
  if (listed > kListedMax || found.size() > kObjectsMax) return std::unexpected(TooMany(pattern));
  if (found.empty()) {
    return Fail(Code::kNotFound, fmt::format("no object matches {} in the route's SQL", pattern));
  }
  return found;
}

Result<store::SharedReader> QueryGrants::Open(const Input& input) {
  if (input.opening != nullptr) return input.opening->Reader();
  return store_.Open(input.file.uri, {input.file.etag, input.file.version_id, stop_});
}

void QueryGrants::PlaceOutput(const std::string& path, std::string folder) {
  const std::lock_guard lock(mutex_);
  output_folders_[path] = std::move(folder);
}

Result<OutputFile*> QueryGrants::StartOutput(std::string_view path) {
  const std::size_t name = path.rfind('/') + 1;
  if (name == 0 || name == path.size() || !IsOutputFolder(path.substr(0, name))) {
    return Fail(Code::kDenied, fmt::format("not a place this query may write: {}", path));
  }
  const std::lock_guard lock(mutex_);
  const auto placed = output_folders_.find(path);
  const Uri folder =
      placed == output_folders_.end() ? *output_folder_ : output_folder_->Child(placed->second);
  const Uri uri = folder.Child(path.substr(name));
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
  if (const auto found = output_folders_.find(path); found != output_folders_.end()) {
    output_folders_.erase(found);
  }
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
