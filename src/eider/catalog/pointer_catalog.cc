// Loading, creating and committing of tables by way of their pointer.
#include "eider/catalog/pointer_catalog.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/catalog/metadata_file.h"
#include "eider/catalog/warehouse_location.h"
#include "eider/iceberg/locations.h"
#include "eider/iceberg/metadata_limits.h"

namespace eider::catalog {
namespace {

using iceberg::TableMetadata;
using iceberg::TableName;

// How often Load follows a pointer whose file is gone: a commit that came in between may have
// removed it, when the table keeps few metadata files.
constexpr int kLoadAttemptsMax = 5;

}  // namespace

PointerCatalog::PointerCatalog(std::unique_ptr<TablePointer> pointer, std::optional<Uri> warehouse,
                               Deps deps)
    : pointer_(std::move(pointer)), warehouse_(std::move(warehouse)), deps_(deps) {}

Result<LoadedTable> PointerCatalog::Load(const TableName& table) {
  for (int attempt = 1;; ++attempt) {
    EIDER_ASSIGN(const std::string location, pointer_->Read(table));
    if (std::optional<LoadedTable> known = seen_.At(table, location)) return *std::move(known);
    Result<LoadedTable> state = ReadState(table, location);
    if (state) {
      seen_.Remember(table, *state, SeenTables::Writer::kOther);
      return state;
    }
    Error error = std::move(state).error();
    if (error.code != Code::kNotFound) return std::unexpected(std::move(error));
    if (attempt == kLoadAttemptsMax) return Fail(Code::kCorrupt, std::move(error.message));
  }
}

Result<LoadedTable> PointerCatalog::Create(const CreateTableRequest& request) {
  EIDER_ASSIGN(const std::string location, LocationOf(request, warehouse_));
  Result<TableMetadata> metadata =
      iceberg::MakeTableMetadata({.schema = request.schema,
                                  .spec = request.spec,
                                  .sort_order = request.sort_order,
                                  .location = location,
                                  .table_uuid = NewUuid(deps_.random),
                                  .properties = request.properties,
                                  .created_ms = UnixMillis(deps_.clock.Now())});
  const std::string doing = fmt::format("cannot create table {}", request.name.ToString());
  if (!metadata) return Fail(doing, std::move(metadata).error());
  Result<Uri> file = WriteMetadata(*metadata, 0);
  if (!file) return Fail(doing, std::move(file).error());
  if (const Status arrived = AwaitFiles({&*file, 1}); !arrived) {
    return Fail(doing, Unwritten({&*file, 1}, arrived.error()));
  }
  const Status outcome = pointer_->Create(request.name, file->ToString(), *metadata);
  return Settle(request.name, *file, *std::move(metadata), outcome);
}

Result<LoadedTable> PointerCatalog::Commit(const TableName& table, const LoadedTable& base,
                                           const iceberg::TableChange& change) {
  const TableCommit commit{table, base, change};
  EIDER_ASSIGN(auto states, CommitAll({&commit, 1}));
  return std::move(states.front());
}

Result<std::vector<LoadedTable>> PointerCatalog::CommitAll(std::span<const TableCommit> commits) {
  std::vector<NextState> next;
  if (const Status written = WriteNextStates(commits, next); !written) {
    std::vector<Uri> files;
    for (const NextState& state : next) files.push_back(state.file);
    return std::unexpected(Unwritten(files, written.error()));
  }
  const Status outcome = SwapPointers(commits, next);
  std::vector<LoadedTable> states;
  std::optional<Error> failure;
  for (std::size_t i = 0; i < commits.size(); ++i) {
    auto state = Settle(commits[i].table, next[i].file, std::move(next[i].metadata), outcome);
    if (state) {
      RemoveExpiredMetadata(*commits[i].base.metadata, *state->metadata);
      states.push_back(*std::move(state));
    } else if (!failure) {
      failure = std::move(state).error();
    }
  }
  if (failure) return std::unexpected(*std::move(failure));
  return states;
}

// All files are on their way at once, and meanwhile the pointers are looked at.
Status PointerCatalog::WriteNextStates(std::span<const TableCommit> commits,
                                       std::vector<NextState>& next) {
  const auto failure = [](const TableCommit& commit, Error error) {
    return Fail(fmt::format("cannot commit to table {}", commit.table.ToString()),
                std::move(error));
  };
  for (const TableCommit& commit : commits) {
    auto state = WriteNextState(commit);
    if (!state) return failure(commit, std::move(state).error());
    next.push_back(*std::move(state));
  }
  for (const TableCommit& commit : commits) {
    Status looked = pointer_->LookBeforeSwap(commit.table, commit.base.metadata_location);
    if (looked) continue;
    if (looked.error().code == Code::kConflict) seen_.NoteConflict(commit.table);
    return looked;
  }
  for (std::size_t i = 0; i < commits.size(); ++i) {
    const Status arrived = AwaitFilesOf(commits[i], next[i]);
    if (!arrived) return failure(commits[i], arrived.error());
  }
  return {};
}

Result<PointerCatalog::NextState> PointerCatalog::WriteNextState(const TableCommit& commit) {
  const std::string& base_location = commit.base.metadata_location;
  EIDER_ASSIGN(TableMetadata metadata,
               iceberg::ApplyChange(*commit.base.metadata, commit.change,
                                    {base_location, UnixMillis(deps_.clock.Now())}));
  EIDER_ASSIGN(Uri file, WriteMetadata(metadata, NextMetadataVersion(base_location)));
  return NextState{std::move(file), std::move(metadata)};
}

Status PointerCatalog::SwapPointers(std::span<const TableCommit> commits,
                                    const std::vector<NextState>& next) {
  std::vector<PointerMove> moves;
  for (std::size_t i = 0; i < commits.size(); ++i) {
    moves.push_back({commits[i].table, commits[i].base.metadata_location, next[i].file.ToString(),
                     &next[i].metadata});
  }
  return moves.size() == 1 ? pointer_->Swap(moves.front()) : pointer_->SwapAll(moves);
}

Status PointerCatalog::Drop(const TableName& table, const LoadedTable& base) {
  return pointer_->Drop(table, base.metadata_location);
}

Result<std::vector<TableName>> PointerCatalog::List() {
  return pointer_->List();
}

Result<LoadedTable> PointerCatalog::ReadState(const TableName& table, const std::string& location) {
  const std::string doing =
      fmt::format("cannot load table {} from metadata file {}", table.ToString(), location);
  const Result<Uri> uri = Uri::Parse(location);
  if (!uri) return Fail(Code::kCorrupt, fmt::format("{}: {}", doing, uri.error().message));
  Result<std::string> bytes = store::ReadAll(deps_.store, *uri, iceberg::kMetadataBytesMax);
  if (!bytes) return Fail(doing, std::move(bytes).error());
  Result<TableMetadata> metadata = DecodeMetadataFile(*bytes);
  if (!metadata) return Fail(doing, std::move(metadata).error());
  return LoadedTable{std::make_shared<const TableMetadata>(*std::move(metadata)), location};
}

Result<Uri> PointerCatalog::WriteMetadata(const TableMetadata& metadata, std::int64_t version) {
  EIDER_ASSIGN(const Uri folder, iceberg::MetadataFolder(metadata));
  EIDER_ASSIGN(std::string bytes, EncodeMetadataFile(metadata));
  Uri file = folder.Child(NewMetadataFileName(metadata, version, deps_.random));
  const Status put = deps_.store.PutSoon(file, std::move(bytes), store::PutMode::kIfAbsent);
  if (put) return file;
  return Fail(fmt::format("metadata file {} was not written", file.ToString()),
              Unwritten({&file, 1}, put.error()));
}

// Takes back the metadata files of states that did not come to be, unless one is another's. Nothing
// points at them: whether they are there or not, the table surely did not change.
Error PointerCatalog::Unwritten(std::span<const Uri> files, Error error) {
  if (error.code != Code::kAlreadyExists) {
    for (const Uri& file : files) (void)deps_.store.Remove(file);
  }
  if (error.code == Code::kOutcomeUnknown || error.code == Code::kAlreadyExists) {
    error.code = Code::kUnavailable;
  }
  return error;
}

// The pointer must not outlive what it points to.
Status PointerCatalog::AwaitFiles(std::span<const Uri> files) {
  const Status arrived = deps_.store.Sync(files);
  if (arrived) return {};
  return Fail("files of the table were not written", arrived.error());
}

Status PointerCatalog::AwaitFilesOf(const TableCommit& commit, const NextState& next) {
  std::vector<Uri> files;
  for (const std::string& path : commit.change.new_files) {
    EIDER_ASSIGN(Uri file, Uri::Parse(path));
    files.push_back(std::move(file));
  }
  files.push_back(next.file);
  return AwaitFiles(files);
}

// What follows the attempt to make `file`, which holds `metadata`, the table's current one.
Result<LoadedTable> PointerCatalog::Settle(const TableName& table, const Uri& file,
                                           TableMetadata metadata, const Status& outcome) {
  if (outcome) {
    LoadedTable state{std::make_shared<const TableMetadata>(std::move(metadata)), file.ToString()};
    seen_.Remember(table, state, SeenTables::Writer::kSelf);
    return state;
  }
  Error error = outcome.error();
  if (error.code == Code::kConflict) seen_.NoteConflict(table);
  if (error.code == Code::kOutcomeUnknown) {
    return Fail(fmt::format("it is not known whether table {} changed; its metadata file {} is "
                            "kept until that is found out",
                            table.ToString(), file.ToString()),
                std::move(error));
  }
  // A file that cannot be removed is an orphan; the error that the caller gets matters more.
  (void)deps_.store.Remove(file);
  return std::unexpected(std::move(error));
}

void PointerCatalog::RemoveExpiredMetadata(const TableMetadata& base, const TableMetadata& next) {
  if (!next.PropertyAsBool("write.metadata.delete-after-commit.enabled", false)) return;
  for (const std::string& location : iceberg::ExpiredMetadataFiles(base, next)) {
    // The commit stands; what cannot be removed is left to the removal of orphan files.
    if (const Result<Uri> uri = Uri::Parse(location)) (void)deps_.store.Remove(*uri);
  }
}

}  // namespace eider::catalog
