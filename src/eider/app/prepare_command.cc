// `eider prepare`: files into data files of their tables, and records of them; no table changes.
#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <istream>
#include <iterator>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/app/commands.h"
#include "eider/app/find_work.h"
#include "eider/app/json_line.h"
#include "eider/app/pipeline_services.h"
#include "eider/app/prepared_commands.h"
#include "eider/app/prepared_records.h"
#include "eider/app/run_report.h"
#include "eider/app/stop_on_signal.h"
#include "eider/app/time_text.h"
#include "eider/base/clock.h"
#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/engine/query.h"
#include "eider/ledger/ledger.h"
#include "eider/ledger/no_ledger.h"
#include "eider/pipeline/clean_prepared.h"
#include "eider/pipeline/load_files.h"
#include "eider/pipeline/services.h"
#include "eider/pipeline/settler.h"
#include "eider/store/object_store.h"

namespace eider::app {
namespace {

using pipeline::Fate;
using pipeline::Outcome;

constexpr std::uint64_t kListBytesMax = 1ULL << 30U;

// The lines of a list, without empty ones.
Result<std::vector<std::string>> ReadList(Session& session, const std::string& list) {
  std::vector<std::string> lines;
  if (list.empty()) return lines;
  std::string text;
  if (list.find("://") != std::string::npos) {
    EIDER_ASSIGN(const Uri uri, Uri::Parse(list));
    EIDER_ASSIGN(text, store::ReadAll(session.program.store(), uri, kListBytesMax));
  } else {
    EIDER_ASSIGN(text, ReadInput(session, list, kListBytesMax));
  }
  std::istringstream in(std::move(text));
  for (std::string line; std::getline(in, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) lines.push_back(std::move(line));
  }
  return lines;
}

// The piece in "3/8".
Result<engine::Piece> ParsePart(const std::string& text) {
  constexpr int kPiecesMax = 100'000;
  engine::Piece piece;
  const char* const end = text.data() + text.size();
  const auto number = std::from_chars(text.data(), end, piece.number);
  const bool has_slash = number.ec == std::errc() && number.ptr != end && *number.ptr == '/';
  const auto of = has_slash ? std::from_chars(number.ptr + 1, end, piece.of) : number;
  if (has_slash && of.ec == std::errc() && of.ptr == end && piece.number >= 1 &&
      piece.number <= piece.of && piece.of <= kPiecesMax) {
    return piece;
  }
  return Fail(
      Code::kInvalid,
      fmt::format("--part is K/N, the K-th of N pieces, such as 3/8, with N at most {}: '{}'",
                  kPiecesMax, text));
}

// Says of which piece a record is, where it is of one.
std::string PieceKey(const FileRef& file, const std::optional<engine::Piece>& piece) {
  if (!piece) return IdentityOf(file);
  return fmt::format("{} {}/{}", IdentityOf(file), piece->number, piece->of);
}

// Takes the files out that a whole record has, and tells of them.
Status RemovePrepared(Session& session, const PrepareOptions& options, const Uri& place,
                      const std::optional<engine::Piece>& piece, source::Listing& listing,
                      RunReport& report) {
  std::set<std::string> prepared;
  EIDER_CHECK(EachRecord(session, place.ToString(), [&](const FoundRecord& found) {
    if (!found.record) {
      session.program.log().warn("{}", found.record.error().message);
      return true;
    }
    for (const auto& file : found.record->files) {
      prepared.insert(PieceKey(file->file.claim.file, found.record->piece));
    }
    return true;
  }));
  std::erase_if(listing.files, [&](const FileRef& file) {
    if (!prepared.contains(PieceKey(file, piece))) return false;
    Outcome outcome;
    outcome.file = file;
    outcome.fate = Fate::kSkipped;
    outcome.note = fmt::format("a record in {} has it; --again prepares it anew", options.place);
    report.Add(outcome);
    return true;
  });
  return {};
}

// Only what is wrong with them keeps records that are none from being removed: nobody knows what
// they refer to.
Result<int> Clean(Session& session, const PrepareOptions& options, const Uri& place) {
  const TimePoint now = session.program.clock().Now();
  const auto age = ParseTime(options.clean, now);
  if (!age) return Fail("--clean", age.error());
  const TimePoint before = *age;
  EIDER_ASSIGN(const pipeline::Services services, PipelineServices(session));
  std::vector<pipeline::RecordToClean> old;
  pipeline::CleanOptions clean{.broken_before = before, .program = LoadOptionsOf(session).program};
  std::size_t unreadable = 0;
  EIDER_CHECK(EachRecord(session, place.ToString(), [&](FoundRecord found) {
    if (!found.record) {
      ++unreadable;
      PrintError(session.console, found.record.error().message);
    } else if (found.record->prepared_at < before) {
      old.push_back({found.uri, *std::move(found.record)});
    } else {
      for (const auto& file : found.record->files) {
        clean.others.insert_or_assign(IdentityOf(file->file.claim.file), found.uri.ToString());
      }
    }
    return true;
  }));
  EIDER_ASSIGN(const pipeline::Cleaned cleaned, pipeline::CleanPrepared(services, old, clean));
  if (session.is_json) {
    PrintJson(session.console, {{"records_removed", cleaned.records},
                                {"data_files_removed", cleaned.data_files},
                                {"records_in_work", cleaned.in_work},
                                {"records_unreadable", unreadable}});
  } else {
    session.console.out << fmt::format("{} removed, {} with them that no table has; {} in work\n",
                                       Counted(cleaned.records, "record"),
                                       Counted(cleaned.data_files, "data file"), cleaned.in_work);
  }
  return unreadable == 0 ? kExitDone : kExitFailed;
}

}  // namespace

Result<int> PrepareCommand(Session& session, const PrepareOptions& options) {
  const bool names_files = !options.uris.empty() || !options.event.empty() || !options.list.empty();
  if (names_files != options.clean.empty()) {
    return Fail(Code::kInvalid,
                names_files ? "--clean prepares nothing: name no files with it"
                            : "nothing to prepare: name files, folders or s3:// URIs, a list with "
                              "--list FILE, or an event with --event FILE (see `eider prepare "
                              "--help`)");
  }
  if (!options.clean.empty()) {
    EIDER_ASSIGN(const Uri old, PlaceOfRecords(session, options.place));
    return Clean(session, options, old);
  }
  EIDER_ASSIGN(const std::vector<std::string> listed, ReadList(session, options.list));
  std::vector<std::string> uris = options.uris;
  std::ranges::copy(listed, std::back_inserter(uris));
  EIDER_ASSIGN(const Uri place, PlaceOfRecords(session, options.place));
  EIDER_ASSIGN(Work work, FindWork(session, {uris, options.event}));
  source::Listing& listing = work.listing;
  RemoveTold(session.program.journal(), listing);
  RunReport report(session, listing.files.size() + listing.unreachable.size(),
                   {.verbose = options.verbose});
  for (const source::BadRecord& record : work.bad_records) report.AddBadRecord(record);
  std::optional<engine::Piece> piece;
  if (!options.part.empty()) {
    EIDER_ASSIGN(piece, ParsePart(options.part));
    if (listing.files.size() + listing.unreachable.size() != 1) {
      return Fail(Code::kInvalid, fmt::format("--part is of one file: {} are named",
                                              listing.files.size() + listing.unreachable.size()));
    }
  }
  if (!options.again) EIDER_CHECK(RemovePrepared(session, options, place, piece, listing, report));
  const StopOnSignal stop;  // before DuckDB starts its threads
  EIDER_ASSIGN(const pipeline::Services configured, LoadServices(session));
  // Many may have pieces of a file in work at once, and none of them has the file.
  const auto nobodys = ledger::NewNoLedger(session.program.clock(), session.program.random());
  const pipeline::Services services = piece ? configured.WithLedger(*nobodys) : configured;
  for (const source::Unreachable& lost : listing.unreachable) {
    report.AddUnreachable(services, lost);
  }
  pipeline::LoadOptions load = LoadOptionsOf(session);
  load.piece = piece;
  load.keep_record = [&](const pipeline::PreparedRecord& record) {
    return PutRecord(services.store, place, record, services.clock, services.random);
  };
  std::size_t elsewhere = 0;
  pipeline::LoadFiles(
      services, listing.files, load,
      [&](const Outcome& outcome) {
        if (outcome.is_in_work_elsewhere) ++elsewhere;
        report.Add(outcome);
      },
      stop.token());
  const int exit_code = report.Finish(stop.signal());
  if (elsewhere == 0 || exit_code != kExitDone) return exit_code;
  // Nobody knows yet whether these are prepared: whoever asked is to ask again.
  session.program.log().warn("{} in work elsewhere: prepare again when that has ended",
                             Counted(elsewhere, "file"));
  return kExitFailed;
}

}  // namespace eider::app
