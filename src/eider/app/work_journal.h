// What a worker process was doing, in memory that outlives it: its supervisor starts the next
// worker, which goes on from here.
//
// The memory is shared between supervisor and workers and is made before the first fork. Nothing in
// it is trusted further than a hint: whether a file is loaded, ledger and tables tell.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/clock.h"
#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/pipeline/crash_journal.h"
#include "eider/pipeline/outcome.h"

namespace eider::app {

// Safe for concurrent calls from several threads; Begin and End pair up on one thread.
class WorkJournal final : public pipeline::CrashJournal {
 public:
  WorkJournal();
  ~WorkJournal() override;
  WorkJournal(const WorkJournal&) = delete;
  WorkJournal& operator=(const WorkJournal&) = delete;

  // CrashJournal: files in work in this process.
  void Begin(const FileRef& file) override;
  void End(const FileRef& file) override;
  bool BrokeOff(const FileRef& file) const override;

  // The supervisor, between two workers: what was in work broke off. The URIs of files that did so
  // for the first time; empty: the worker died of something else.
  std::vector<std::string> TakeBrokenOff();

  // Which worker this is, from 1, and the signal that ended the one before.
  int run() const;
  int ended_by() const;
  void StartRun(int run, int ended_by);

  // When the first worker of the run began to load; the first that asks tells it.
  TimePoint FirstStart(TimePoint now);

  // Where the workers' spill directories are made: what a killed one leaves, the supervisor
  // removes.
  void KeepTempDirectory(std::string_view path);
  std::string temp_directory() const;

  // How long the worker may take to end after a stop, where it is not kStopGrace (supervisor.h).
  void KeepStopGrace(Milliseconds grace);
  std::optional<Milliseconds> stop_grace() const;

  // Outcomes that are told already, so that the next worker does not tell them again.
  struct Told {
    std::array<std::uint64_t, pipeline::kFates> fates{};
    std::int64_t rows = 0;
    std::int64_t rejected = 0;
  };

  void Tell(const FileRef& file, std::size_t fate, std::int64_t rows, std::int64_t rejected);
  bool IsTold(const FileRef& file) const;
  Told told() const;

  // What came to the worker and comes to no other: the invocation that is not answered yet, or the
  // event on standard input. More than kNoteBytesMax are not kept; an empty note is none.
  void KeepNote(std::string_view note);
  std::optional<std::string> Note() const;

  static constexpr std::size_t kNoteBytesMax = 16U << 20U;

 private:
  struct Memory;

  Memory* memory_;
};

// Of what broke off in the worker before this one and is not read again.
Error ReaderCrashed(const WorkJournal& journal);

// The Result of `work()`, which reads the file; that of ReaderCrashed, where it broke off in the
// worker before this one. `journal`: null where nobody watches.
template <typename Work>
auto ReadOnce(WorkJournal* journal, const FileRef& file, const Work& work) -> decltype(work()) {
  if (journal == nullptr) return work();
  if (journal->BrokeOff(file)) return std::unexpected(ReaderCrashed(*journal));
  journal->Begin(file);
  auto result = work();
  journal->End(file);
  return result;
}

}  // namespace eider::app
