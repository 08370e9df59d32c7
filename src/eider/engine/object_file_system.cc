// Reads, writes and look-ups of DuckDB, each checked against the query's grants.
#include "eider/engine/object_file_system.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <duckdb/common/exception.hpp>
#include <duckdb/common/file_opener.hpp>
#include <duckdb/main/client_context_state.hpp>
#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/engine/query_grants.h"

namespace eider::engine {

void ThrowToDuckDb(QueryGrants& grants, const Error& error) {
  grants.Record(error);
  if (error.code == Code::kCancelled) throw duckdb::InterruptException();
  if (error.code == Code::kInvalid) throw duckdb::PermissionException(error.message);
  throw duckdb::IOException(error.message);
}

namespace {

constexpr const char* kGrantsKey = "eider_grants";

struct GrantState final : duckdb::ClientContextState {
  explicit GrantState(SharedGrants query_grants) : grants(std::move(query_grants)) {}

  SharedGrants grants;
};

struct ReadHandle final : duckdb::FileHandle {
  ReadHandle(duckdb::FileSystem& system, const std::string& path_text,
             duckdb::FileOpenFlags open_flags, SharedGrants query_grants,
             store::ObjectReader& object_reader)
      : FileHandle(system, path_text, open_flags),
        grants(std::move(query_grants)),
        reader(object_reader) {}

  void Close() override {}

  std::uint64_t size() const { return reader.info().size_bytes; }

  void ReadAt(std::uint64_t offset, std::span<char> out) {
    if (grants->stop_requested())
      ThrowToDuckDb(*grants, {Code::kCancelled, "the query was stopped"});
    if (offset > size() || out.size() > size() - offset) {
      throw duckdb::IOException(fmt::format("read past the end of {}: {} bytes at {} of {}", path,
                                            out.size(), offset, size()));
    }
    if (Status read = reader.ReadAt(offset, out); !read) ThrowToDuckDb(*grants, read.error());
  }

  SharedGrants grants;
  store::ObjectReader& reader;
  std::uint64_t position = 0;
};

struct WriteHandle final : duckdb::FileHandle {
  WriteHandle(duckdb::FileSystem& system, const std::string& path_text,
              duckdb::FileOpenFlags open_flags, SharedGrants query_grants)
      : FileHandle(system, path_text, open_flags), grants(std::move(query_grants)) {}

  // Closing ends the writing and publishes nothing: DuckDB closes on the way of an error too.
  void Close() override { closed = true; }

  OutputFile& file() {
    OutputFile* output = closed ? nullptr : grants->FindOutput(path);
    if (output == nullptr) throw duckdb::IOException("output file is closed: " + path);
    return *output;
  }

  SharedGrants grants;
  bool closed = false;
};

class ObjectFileSystem final : public duckdb::FileSystem {
 public:
  explicit ObjectFileSystem(std::string temp_directory)
      : temp_prefix_(std::move(temp_directory) + "/"), local_(duckdb::FileSystem::CreateLocal()) {}

  std::string GetName() const override { return "EiderObjectFileSystem"; }

  bool CanHandleFile(const std::string& /*path*/) override { return true; }

  bool IsManuallySet() override { return true; }

  // Dots in a key mean themselves.
  std::string CanonicalizePath(const std::string& path,
                               duckdb::optional_ptr<duckdb::FileOpener> /*opener*/) override {
    return path;
  }

  duckdb::unique_ptr<duckdb::FileHandle> OpenFile(
      const std::string& path, duckdb::FileOpenFlags flags,
      duckdb::optional_ptr<duckdb::FileOpener> opener) override {
    if (IsSpill(path, opener.get())) return local_->OpenFile(path, flags);
    auto grants = GrantsOf(path, opener.get());
    if (flags.OpenForWriting()) {
      if (auto output = grants->StartOutput(path); !output) ThrowToDuckDb(*grants, output.error());
      return duckdb::make_uniq<WriteHandle>(*this, path, flags, std::move(grants));
    }
    auto reader = grants->OpenInput(path);
    if (!reader) ThrowToDuckDb(*grants, reader.error());
    return duckdb::make_uniq<ReadHandle>(*this, path, flags, std::move(grants), **reader);
  }

  void Read(duckdb::FileHandle& handle, void* buffer, int64_t size, duckdb::idx_t offset) override {
    Reading(handle).ReadAt(offset, {static_cast<char*>(buffer), static_cast<std::size_t>(size)});
  }

  int64_t Read(duckdb::FileHandle& handle, void* buffer, int64_t size) override {
    ReadHandle& reading = Reading(handle);
    const std::uint64_t left = reading.size() - std::min(reading.size(), reading.position);
    const std::uint64_t count = std::min(static_cast<std::uint64_t>(size), left);
    if (count == 0) return 0;
    reading.ReadAt(reading.position, {static_cast<char*>(buffer), count});
    reading.position += count;
    return static_cast<int64_t>(count);
  }

  int64_t Write(duckdb::FileHandle& handle, void* buffer, int64_t size) override {
    auto& writing = handle.Cast<WriteHandle>();
    const std::string_view bytes(static_cast<const char*>(buffer), static_cast<std::size_t>(size));
    if (Status wrote = writing.file().Write(bytes); !wrote)
      ThrowToDuckDb(*writing.grants, wrote.error());
    return size;
  }

  int64_t GetFileSize(duckdb::FileHandle& handle) override {
    if (handle.GetFlags().OpenForWriting()) {
      return static_cast<int64_t>(handle.Cast<WriteHandle>().file().size_bytes());
    }
    return static_cast<int64_t>(Reading(handle).size());
  }

  duckdb::timestamp_t GetLastModifiedTime(duckdb::FileHandle& handle) override {
    if (handle.GetFlags().OpenForWriting()) return duckdb::timestamp_t(0);
    return duckdb::timestamp_t(UnixMillis(Reading(handle).reader.info().modified) * 1000);
  }

  std::string GetVersionTag(duckdb::FileHandle& handle) override {
    return handle.GetFlags().OpenForWriting() ? "" : Reading(handle).reader.info().etag;
  }

  duckdb::FileType GetFileType(duckdb::FileHandle& /*handle*/) override {
    return duckdb::FileType::FILE_TYPE_REGULAR;
  }

  void FileSync(duckdb::FileHandle& /*handle*/) override {}

  void Seek(duckdb::FileHandle& handle, duckdb::idx_t location) override {
    Reading(handle).position = location;
  }

  void Reset(duckdb::FileHandle& handle) override { Seek(handle, 0); }

  duckdb::idx_t SeekPosition(duckdb::FileHandle& handle) override {
    return Reading(handle).position;
  }

  bool CanSeek() override { return true; }

  bool OnDiskFile(duckdb::FileHandle& /*handle*/) override { return false; }

  bool FileExists(const std::string& path,
                  duckdb::optional_ptr<duckdb::FileOpener> opener) override {
    if (IsSpill(path, opener.get())) return local_->FileExists(path);
    const auto grants = FindGrants(opener.get());
    return grants && (grants->FindOutput(path) != nullptr || grants->Exists(path));
  }

  bool DirectoryExists(const std::string& path,
                       duckdb::optional_ptr<duckdb::FileOpener> opener) override {
    if (IsSpill(path, opener.get())) return local_->DirectoryExists(path);
    const auto grants = FindGrants(opener.get());
    return grants && grants->IsOutputFolder(path);
  }

  void CreateDirectory(const std::string& path,
                       duckdb::optional_ptr<duckdb::FileOpener> opener) override {
    if (IsSpill(path, opener.get())) return local_->CreateDirectory(path);
    throw duckdb::PermissionException("cannot create a folder: " + path);
  }

  void RemoveDirectory(const std::string& path,
                       duckdb::optional_ptr<duckdb::FileOpener> opener) override {
    if (IsSpill(path, opener.get())) return local_->RemoveDirectory(path);
    throw duckdb::PermissionException("cannot remove a folder: " + path);
  }

  bool ListFiles(const std::string& path,
                 const std::function<void(const std::string&, bool)>& callback,
                 duckdb::FileOpener* opener) override {
    if (IsSpill(path, opener)) return local_->ListFiles(path, callback);
    // The output folder looks empty to the writer, which only asks whether it would overwrite.
    const auto grants = FindGrants(opener);
    if (grants && grants->IsOutputFolder(path)) return true;
    throw duckdb::PermissionException("cannot list a folder: " + path);
  }

  void RemoveFile(const std::string& path,
                  duckdb::optional_ptr<duckdb::FileOpener> opener) override {
    if (IsSpill(path, opener.get())) return local_->RemoveFile(path);
    const auto grants = FindGrants(opener.get());
    if (!grants || grants->FindOutput(path) == nullptr) {
      throw duckdb::PermissionException("cannot remove a file: " + path);
    }
    grants->DiscardOutput(path);
  }

  duckdb::vector<duckdb::OpenFileInfo> Glob(const std::string& path,
                                            duckdb::FileOpener* opener) override {
    auto grants = GrantsOf(path, opener);
    const auto paths = grants->Expand(path);
    if (!paths) ThrowToDuckDb(*grants, paths.error());
    if (paths->size() == 1) {
      // What cannot be read is refused when the query is bound.
      const auto reader = grants->OpenInput(paths->front());
      if (!reader) ThrowToDuckDb(*grants, reader.error());
    }
    return {paths->begin(), paths->end()};
  }

 private:
  static ReadHandle& Reading(duckdb::FileHandle& handle) {
    if (handle.GetFlags().OpenForWriting()) {
      throw duckdb::IOException("file is open for writing only: " + handle.path);
    }
    return handle.Cast<ReadHandle>();
  }

  static SharedGrants FindGrants(duckdb::FileOpener* opener) {
    const auto context = duckdb::FileOpener::TryGetClientContext(opener);
    if (!context) return nullptr;
    const auto state = context->registered_state->Get<GrantState>(kGrantsKey);
    return state ? state->grants : nullptr;
  }

  static SharedGrants GrantsOf(const std::string& path, duckdb::FileOpener* opener) {
    auto grants = FindGrants(opener);
    if (!grants) throw duckdb::PermissionException("no query was granted this file: " + path);
    return grants;
  }

  bool IsSpill(const std::string& path, duckdb::FileOpener* opener) const {
    if (duckdb::FileOpener::TryGetClientContext(opener)) return false;
    return (path + "/").starts_with(temp_prefix_) && path.find("/../") == std::string::npos;
  }

  std::string temp_prefix_;
  duckdb::unique_ptr<duckdb::FileSystem> local_;
};

}  // namespace

duckdb::unique_ptr<duckdb::FileSystem> MakeObjectFileSystem(std::string temp_directory) {
  return duckdb::make_uniq<ObjectFileSystem>(std::move(temp_directory));
}

GrantScope::GrantScope(duckdb::ClientContext& context, SharedGrants grants) : context_(context) {
  context_.registered_state->Insert(kGrantsKey,
                                    duckdb::make_shared_ptr<GrantState>(std::move(grants)));
}

GrantScope::~GrantScope() {
  context_.registered_state->Remove(kGrantsKey);
}

}  // namespace eider::engine
