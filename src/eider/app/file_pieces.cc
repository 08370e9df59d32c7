#include "eider/app/file_pieces.h"

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/app/overflow_target.h"
#include "eider/app/prepared_records.h"
#include "eider/base/result.h"
#include "eider/codec/sha256.h"
#include "eider/config/config.h"
#include "eider/engine/query.h"
#include "eider/ledger/no_ledger.h"
#include "eider/pipeline/commit_prepared.h"
#include "eider/pipeline/load_files.h"
#include "eider/pipeline/prepared_pieces.h"
#include "eider/pipeline/settler.h"
#include "eider/worker/worker.h"

namespace eider::app {
namespace {

using pipeline::Fate;
using pipeline::LoadOptions;
using pipeline::Outcome;
using pipeline::Services;
using source::FilePiece;

Outcome Failed(const FileRef& file, Error error) {
  Outcome outcome;
  outcome.file = file;
  outcome.error = std::move(error);
  return outcome;
}

// Where the records of the pieces of a cut are: a folder for each of them below.
Uri FolderOf(const Uri& place, const FileRef& file, const FilePiece& piece) {
  Uri folder = place;
  folder.key += fmt::format("{}/{}-{}/", codec::Sha256Hex(IdentityOf(file)), piece.cut, piece.of);
  return folder;
}

// The names of the folders that have a record.
Result<std::set<std::string>> RecordedPieces(store::ObjectStore& store, const Uri& folder) {
  std::set<std::string> names;
  EIDER_CHECK(store.List(folder, [&](const store::ObjectInfo& object) {
    const std::string name = object.uri.key.substr(folder.key.size());
    const std::size_t slash = name.find('/');
    if (slash != std::string::npos) names.insert(name.substr(0, slash));
    return true;
  }));
  return names;
}

// No call has the file for itself: whoever commits it claims it.
Outcome Prepare(const Services& configured, LoadOptions options, const FileRef& file,
                const FilePiece& piece, Uri folder, const std::stop_token& stop) {
  const auto nobodys = ledger::NewNoLedger(configured.clock, configured.random);
  const Services services = configured.WithLedger(*nobodys);
  folder.key += fmt::format("{}/", piece.number);
  options.piece = engine::Piece{piece.number, piece.of};
  options.keep_record = [&](const pipeline::PreparedRecord& record) {
    return PutRecord(services.store, folder, record, services.clock, services.random);
  };
  Outcome prepared;
  pipeline::LoadFiles(
      services, {&file, 1}, options, [&](const Outcome& outcome) { prepared = outcome; }, stop);
  return prepared;
}

Result<pipeline::PreparedRecord> ReadWhole(store::ObjectStore& store, const Uri& folder) {
  pipeline::PreparedPieces pieces;
  std::optional<Result<pipeline::PreparedRecord>> whole;
  EIDER_CHECK(EachRecordBelow(store, folder, [&](FoundRecord found) {
    if (!found.record) return true;  // another one may be of the same piece
    auto added = pieces.Add(*std::move(found.record));
    // Such pieces will never go together, whoever tries it again.
    if (!added) {
      whole =
          Fail(Code::kInvalid, added.error().message + "; the file's next event has it cut anew");
    }
    if (added && *added) whole = **std::move(added);
    return !whole;
  }));
  if (whole) return *std::move(whole);
  return Fail(Code::kUnavailable,
              fmt::format("the records below {} are not those of all pieces: they are looked at "
                          "again",
                          folder.ToString()));
}

Outcome Commit(const Services& services, const LoadOptions& options, const FileRef& file,
               const Uri& folder, const std::stop_token& stop) {
  auto whole = ReadWhole(services.store, folder);
  if (!whole) return Failed(file, std::move(whole).error());
  std::vector<pipeline::PreparedRecord> records;
  records.push_back(*std::move(whole));
  Outcome committed = Failed(file, {Code::kCancelled, "the function's time was over"});
  pipeline::PreparedCommit(services, options, stop)
      .Commit(std::move(records), [&](const Outcome& outcome) { committed = outcome; });
  return committed;
}

}  // namespace

Result<std::optional<FilePieces>> FilePieces::Open(Session& session) {
  const config::Config& config = session.program.loaded().config;
  if (config.overflow != kOwnFleet) return std::nullopt;
  auto warehouse = Uri::Parse(config.warehouse);
  if (!warehouse) {
    return Fail("overflow: lambda keeps records of pieces below the warehouse, which is no URI",
                std::move(warehouse).error());
  }
  Uri place = *std::move(warehouse);
  if (!place.key.empty() && !place.key.ends_with('/')) place.key += '/';
  place.key += "_eider/pieces/";
  return FilePieces(std::move(place));
}

Outcome FilePieces::Load(const Services& services, const LoadOptions& options, const FileRef& file,
                         const FilePiece& piece, const std::stop_token& stop) const {
  const Uri folder = FolderOf(place_, file, piece);
  auto recorded = RecordedPieces(services.store, folder);
  if (!recorded) return Failed(file, std::move(recorded).error());
  Outcome outcome;
  outcome.file = file;
  outcome.fate = Fate::kPrepared;
  if (!recorded->contains(std::to_string(piece.number))) {
    outcome = Prepare(services, options, file, piece, folder, stop);
    if (outcome.fate == Fate::kPrepared) recorded = RecordedPieces(services.store, folder);
    if (!recorded) return Failed(file, std::move(recorded).error());
  }
  const bool is_prepared = outcome.fate == Fate::kPrepared;
  if (is_prepared) outcome.note = fmt::format("piece {} of {}", piece.number, piece.of);
  if (is_prepared && recorded->size() >= static_cast<std::size_t>(piece.of)) {
    outcome = Commit(services, options, file, folder, stop);
  }
  // What will not become right by itself is for people to see.
  if (worker::SettlementOf(outcome) == source::Settlement::kWrong) {
    return pipeline::FailFile(services, file, *outcome.error);
  }
  return outcome;
}

}  // namespace eider::app
