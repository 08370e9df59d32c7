// The shared memory: slots for files in work, hashes of those that broke off or are told, a note.
#include "eider/app/work_journal.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "eider/base/clock.h"
#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/codec/sha256.h"

namespace eider::app {
namespace {

// What tells files apart here: the first bytes of SHA-256 over URI and version, never 0.
std::uint64_t KeyOf(const FileRef& file) {
  const std::string hash = codec::Sha256(file.uri.ToString() + '\n' + file.Version());
  std::uint64_t key = 0;
  std::memcpy(&key, hash.data(), sizeof key);
  return key == 0 ? 1 : key;
}

// A set of keys that only grows; full, it takes no more.
template <std::size_t kSize>
struct Keys {
  std::atomic<std::uint64_t> keys[kSize];

  // False when it was there, or there is no room.
  bool Add(std::uint64_t key) {
    for (std::size_t i = 0; i < kProbesMax; ++i) {
      auto& place = keys[(key + i) % kSize];
      std::uint64_t present = 0;
      if (place.compare_exchange_strong(present, key)) return true;
      if (present == key) return false;
    }
    return false;
  }

  bool Has(std::uint64_t key) const {
    for (std::size_t i = 0; i < kProbesMax; ++i) {
      const std::uint64_t present = keys[(key + i) % kSize].load();
      if (present == key) return true;
      if (present == 0) return false;
    }
    return false;
  }

  static constexpr std::size_t kProbesMax = 64;
};

struct Slot {
  std::atomic<std::uint64_t> key;  // 0: free
  char uri[2'040];                 // shortened, for people
};

}  // namespace

struct WorkJournal::Memory {
  std::atomic<int> run;
  std::atomic<int> ended_by;
  std::atomic<std::int64_t> first_start_ms;  // 0: not yet
  char temp_directory[4'096];
  std::atomic<std::int64_t> stop_grace_ms;  // 0: nobody said
  std::atomic<std::uint64_t> note_size;
  std::atomic<std::uint64_t> fates[std::tuple_size_v<decltype(Told::fates)>];
  std::atomic<std::int64_t> rows;
  std::atomic<std::int64_t> rejected;
  Slot slots[1'024];  // as many as engine.threads may be
  Keys<1U << 16U> broken_off;
  Keys<1U << 22U> told;
  char note[kNoteBytesMax];
};

WorkJournal::WorkJournal() {
  // Pages that nobody touches take no memory; fresh ones are 0, which is each member's beginning.
  void* const memory = ::mmap(nullptr, sizeof(Memory), PROT_READ | PROT_WRITE,
                              MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
  memory_ = static_cast<Memory*>(memory);
}

WorkJournal::~WorkJournal() {
  ::munmap(memory_, sizeof(Memory));
}

void WorkJournal::Begin(const FileRef& file) {
  const std::uint64_t key = KeyOf(file);
  for (Slot& slot : memory_->slots) {
    std::uint64_t free = 0;
    if (!slot.key.compare_exchange_strong(free, key)) continue;
    const std::string uri = file.uri.ToString();
    const std::size_t size = std::min(uri.size(), sizeof slot.uri - 1);
    std::memcpy(slot.uri, uri.data(), size);
    slot.uri[size] = '\0';
    return;
  }
}

void WorkJournal::End(const FileRef& file) {
  const std::uint64_t key = KeyOf(file);
  for (Slot& slot : memory_->slots) {
    std::uint64_t present = key;
    if (slot.key.compare_exchange_strong(present, 0)) return;
  }
}

bool WorkJournal::BrokeOff(const FileRef& file) const {
  return memory_->broken_off.Has(KeyOf(file));
}

std::vector<std::string> WorkJournal::TakeBrokenOff() {
  std::vector<std::string> uris;
  for (Slot& slot : memory_->slots) {
    const std::uint64_t key = slot.key.exchange(0);
    if (key != 0 && memory_->broken_off.Add(key)) uris.emplace_back(slot.uri);
  }
  return uris;
}

int WorkJournal::run() const {
  return memory_->run.load();
}

int WorkJournal::ended_by() const {
  return memory_->ended_by.load();
}

void WorkJournal::StartRun(int run, int ended_by) {
  memory_->run.store(run);
  memory_->ended_by.store(ended_by);
}

TimePoint WorkJournal::FirstStart(TimePoint now) {
  std::int64_t first = 0;
  if (memory_->first_start_ms.compare_exchange_strong(first, UnixMillis(now))) return now;
  return TimePoint(Milliseconds(first));
}

void WorkJournal::KeepTempDirectory(std::string_view path) {
  if (path.size() < sizeof memory_->temp_directory) {
    std::ranges::copy(path, memory_->temp_directory);
  }
}

std::string WorkJournal::temp_directory() const {
  return memory_->temp_directory;
}

void WorkJournal::KeepStopGrace(Milliseconds grace) {
  memory_->stop_grace_ms = grace.count();
}

std::optional<Milliseconds> WorkJournal::stop_grace() const {
  const std::int64_t grace_ms = memory_->stop_grace_ms;
  return grace_ms > 0 ? std::optional(Milliseconds(grace_ms)) : std::nullopt;
}

void WorkJournal::Tell(const FileRef& file, std::size_t fate, std::int64_t rows,
                       std::int64_t rejected) {
  memory_->told.Add(KeyOf(file));
  ++memory_->fates[fate];
  memory_->rows += rows;
  memory_->rejected += rejected;
}

bool WorkJournal::IsTold(const FileRef& file) const {
  return memory_->told.Has(KeyOf(file));
}

WorkJournal::Told WorkJournal::told() const {
  Told told{.fates = {}, .rows = memory_->rows.load(), .rejected = memory_->rejected.load()};
  for (std::size_t i = 0; i < told.fates.size(); ++i) told.fates[i] = memory_->fates[i].load();
  return told;
}

void WorkJournal::KeepNote(std::string_view note) {
  if (note.size() > kNoteBytesMax) note = {};
  memory_->note_size.store(0);
  std::ranges::copy(note, memory_->note);
  memory_->note_size.store(note.size());
}

Error ReaderCrashed(const WorkJournal& journal) {
  return {Code::kReaderCrashed,
          fmt::format("the reader crashed on this file (signal {})", journal.ended_by())};
}

std::optional<std::string> WorkJournal::Note() const {
  const std::size_t size = std::min<std::size_t>(memory_->note_size.load(), kNoteBytesMax);
  if (size == 0) return std::nullopt;
  return std::string(memory_->note, size);
}

}  // namespace eider::app
