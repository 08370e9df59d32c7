// Files from arguments, from an event, and from the ledger.
#include "eider/app/find_work.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <istream>
#include <iterator>
#include <limits>
#include <string>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/app/commands.h"
#include "eider/app/work_journal.h"
#include "eider/base/result.h"
#include "eider/codec/shortened_text.h"
#include "eider/config/regular_file.h"
#include "eider/ledger/ledger.h"
#include "eider/pipeline/held_files.h"
#include "eider/source/command_line.h"
#include "eider/source/s3_event.h"

namespace eider::app {
namespace {

constexpr std::size_t kEventSizeBytesMax = 16U << 20U;  // and of every stream

// Reads to the end, however long the writer takes.
// The next worker finds a note of it: what was read is in no stream any more.
Result<std::string> ReadStream(std::istream& in, WorkJournal* journal) {
  if (journal != nullptr) {
    if (auto note = journal->Note()) return *std::move(note);
  }
  std::string text;
  char buffer[1U << 14U];
  while (in.read(buffer, sizeof buffer), in.gcount() > 0) {
    text.append(buffer, static_cast<std::size_t>(in.gcount()));
    if (text.size() > kEventSizeBytesMax) {
      return Fail(Code::kInvalid, fmt::format("more than {} bytes", kEventSizeBytesMax));
    }
  }
  if (journal != nullptr) journal->KeepNote(text);
  return text;
}

// The files that the ledger has as HELD, in the content that was held, and those whose claim broke
// off while they waited for their table.
Status AddHeldFiles(Session& session, source::Listing& listing) {
  EIDER_ASSIGN(ledger::Ledger* const ledger, session.program.Ledger());
  constexpr int kAll = std::numeric_limits<int>::max();
  EIDER_ASSIGN(const auto held, ledger->Query({.state = ledger::State::kHeld, .limit = kAll}));
  EIDER_ASSIGN(const auto waiting, ledger->Query({.limit = kAll, .only_with_schema_change = true}));
  for (const ledger::LoadRecord& record : held) listing.files.push_back(record.file);
  for (const ledger::LoadRecord& record : waiting) {
    if (record.state != ledger::State::kHeld) listing.files.push_back(record.file);
  }
  std::ranges::reverse(listing.files);  // the history is newest first
  return {};
}

Status AddFilesHeldFor(Session& session, const std::string& table, source::Listing& listing) {
  EIDER_ASSIGN(ledger::Ledger* const ledger, session.program.Ledger());
  EIDER_ASSIGN(const auto held, pipeline::FindHeldFiles(*ledger));
  const auto files = held.find(table);
  if (files == held.end()) return {};
  for (const pipeline::HeldFile& file : files->second) listing.files.push_back(file.file);
  return {};
}

// Once, however many workers a run has.
void TellPassedOver(Session& session, const source::PassedOver& passed_over) {
  const WorkJournal* const journal = session.program.journal();
  if (passed_over.count == 0 || (journal != nullptr && journal->run() > 1)) return;
  std::string names = codec::ShortMessage(fmt::to_string(fmt::join(passed_over.names, ", ")));
  if (passed_over.count > passed_over.names.size()) {
    names += fmt::format(" and {} more", passed_over.count - passed_over.names.size());
  }
  session.program.log().warn("passed over, because they are no files: {}", names);
}

}  // namespace

Result<std::string> ReadInput(Session& session, const std::string& path,
                              std::size_t file_bytes_max) {
  if (path == "-") return ReadStream(session.console.in, session.program.journal());
  const std::string whole = path.starts_with('/') ? path : session.working_directory + "/" + path;
  std::error_code ignored;
  if (std::filesystem::is_fifo(whole, ignored)) {  // /dev/stdin, or a shell's <(…)
    std::ifstream pipe(whole, std::ios::binary);
    return ReadStream(pipe, session.program.journal());
  }
  return config::ReadTextFile(whole, file_bytes_max);
}

void RemoveTold(const WorkJournal* journal, source::Listing& listing) {
  if (journal == nullptr || journal->run() == 1) return;
  std::erase_if(listing.files, [&](const FileRef& file) { return journal->IsTold(file); });
  std::erase_if(listing.unreachable,
                [&](const source::Unreachable& lost) { return journal->IsTold(lost.file); });
}

Result<Work> FindWork(Session& session, const WorkOptions& options) {
  Work work;
  EIDER_ASSIGN(work.listing, source::ListArguments(options.uris, {session.program.store(),
                                                                  session.program.store().local(),
                                                                  session.working_directory}));
  TellPassedOver(session, work.listing.passed_over);
  if (options.held) {
    EIDER_CHECK(AddHeldFiles(session, work.listing));
  }
  if (!options.held_for.empty()) {
    EIDER_CHECK(AddFilesHeldFor(session, options.held_for, work.listing));
  }
  if (options.event.empty()) return work;
  const std::string what =
      options.event == "-" ? "event on standard input" : "event " + options.event;
  auto text = ReadInput(session, options.event, kEventSizeBytesMax);
  if (!text) return Fail(what, std::move(text).error());
  auto event = source::ParseS3Event(*text);
  if (!event) return Fail(what, std::move(event).error());
  work.bad_records = std::move(event->bad_records);
  source::Listing listing = source::Complete(std::move(event->files), session.program.store());
  std::ranges::move(listing.files, std::back_inserter(work.listing.files));
  std::ranges::move(listing.unreachable, std::back_inserter(work.listing.unreachable));
  return work;
}

Result<FileRef> FindOneFile(Session& session, const std::string& option, const std::string& uri) {
  EIDER_ASSIGN(const Work work, FindWork(session, {.uris = {uri}, .event = {}}));
  const source::Listing& listing = work.listing;
  if (!listing.unreachable.empty()) return std::unexpected(listing.unreachable.front().error);
  if (listing.files.size() != 1) {
    return Fail(Code::kInvalid,
                fmt::format("{} names one file, and {} has {}", option, uri, listing.files.size()));
  }
  return listing.files.front();
}

}  // namespace eider::app
