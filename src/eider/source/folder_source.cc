// Files of a folder: the walk through it, the kernel's events, and those that come again.
#include "eider/source/folder_source.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/source/command_line.h"

namespace eider::source {
namespace {

namespace fs = std::filesystem;

constexpr Milliseconds kWait{1'000};  // of one Receive
// How soon a file that is being written is looked at again.
constexpr Milliseconds kLookAgain{1'000};
// Where it is not to be known who writes, a file is complete that was not changed for so long.
constexpr Milliseconds kQuiet{5'000};

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};

// Keeps a file from being opened for writing for as long as it lives: whoever opens it waits. The
// kernel gives such a lease only on a file that nobody writes, and only to its owner, on some file
// systems (fcntl(2), F_SETLEASE).
class ReadLease {
 public:
  explicit ReadLease(const std::string& path)
      : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    if (descriptor_ < 0) return;
    // Of who waits for the lease's end a signal tells, which by default would end the process.
    ::fcntl(descriptor_, F_SETSIG, SIGURG);
    is_held_ = ::fcntl(descriptor_, F_SETLEASE, F_RDLCK) == 0;
    is_being_written_ = !is_held_ && errno == EAGAIN;
  }

  ~ReadLease() {
    if (is_held_) ::fcntl(descriptor_, F_SETLEASE, F_UNLCK);
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  ReadLease(const ReadLease&) = delete;
  ReadLease& operator=(const ReadLease&) = delete;

  // Whether somebody has the file open for writing; nothing: that is not to be known here. A file
  // that cannot be opened is not: reading it will tell why.
  std::optional<bool> is_being_written() const {
    if (is_held_ || descriptor_ < 0) return false;
    return is_being_written_ ? std::optional(true) : std::nullopt;
  }

 private:
  int descriptor_;
  bool is_held_ = false;
  bool is_being_written_ = false;
};

}  // namespace

bool IsUnfinishedName(std::string_view name) {
  static constexpr auto kEndings = std::to_array<std::string_view>(
      {"~", ".tmp", ".part", ".partial", ".filepart", ".crdownload"});
  return name.starts_with('.') || std::ranges::any_of(kEndings, [&](std::string_view ending) {
           return name.ends_with(ending);
         });
}

FolderSource::FolderSource(std::string folder, const store::LocalStore& local,
                           store::ObjectStore& store, Clock& clock)
    : folder_(std::move(folder)),
      name_("folder " + folder_),
      local_(local),
      store_(store),
      clock_(clock) {}

// Watched before it is looked through: nothing comes in between.
Status FolderSource::Begin() {
  EIDER_ASSIGN(watch_, FolderWatch::Make(folder_));
  walks_.clear();
  LookThrough(folder_);
  return {};
}

void FolderSource::LookThrough(const std::string& folder) {
  std::error_code error;
  fs::recursive_directory_iterator walk(folder, fs::directory_options::skip_permission_denied,
                                        error);
  if (!error) walks_.push_back(std::move(walk));
}

// The next file that came or that a walk finds; nothing when there is none at the moment.
std::optional<std::string> FolderSource::NextPath() {
  if (!arrived_.empty()) {
    std::string path = std::move(arrived_.front());
    arrived_.pop_front();
    waiting_.erase(path);
    return path;
  }
  if (!later_.empty()) {
    const TimePoint now = clock_.Now();
    const auto due =
        std::ranges::find_if(later_, [&](const auto& one) { return one.second <= now; });
    if (due != later_.end()) return later_.extract(due).key();
  }
  while (!walks_.empty()) {
    fs::recursive_directory_iterator& walk = walks_.front();
    if (walk == fs::end(walk)) {
      walks_.pop_front();
      continue;
    }
    const fs::directory_entry entry = *walk;
    std::error_code error;
    const bool is_folder = entry.is_directory(error);
    walk.increment(error);
    if (error) walks_.pop_front();
    if (!is_folder) return entry.path().string();
  }
  return std::nullopt;
}

Status FolderSource::TakeEvents(Milliseconds wait, const std::stop_token& stop) {
  EIDER_ASSIGN(const std::vector<FolderEvent> events, watch_->Next(wait, stop));
  bool is_gone = false;
  for (const FolderEvent& event : events) {
    std::visit(Overloaded{[&](const FileArrived& file) {
                            if (waiting_.insert(file.path).second) arrived_.push_back(file.path);
                          },
                          [&](const FolderArrived& folder) { LookThrough(folder.path); },
                          [&](const EventsLost&) { LookThrough(folder_); },
                          [&](const FolderGone&) { is_gone = true; }},
               event);
  }
  if (!is_gone) return {};
  watch_.reset();
  return Fail(Code::kNotFound, fmt::format("the watched folder {} is gone", folder_));
}

// Whether a file was changed so short a time ago; it is looked at again then.
bool FolderSource::IsFresh(const std::string& path, TimePoint modified, Milliseconds quiet) {
  const bool is_fresh = clock_.Now() - modified < quiet;
  if (is_fresh) later_[path] = modified + quiet;
  return is_fresh;
}

// Nothing where the path is no file of ours: unfinished, gone, no regular file, being written, or
// given already.
std::optional<Delivery> FolderSource::DeliveryOf(const std::string& path) {
  if (IsUnfinishedName(fs::path(path).filename().string())) return std::nullopt;
  const Uri uri = local_.UriOfPath(path);
  const ReadLease lease(path);  // what is seen of the file is what it has when nobody writes it
  const std::optional<bool> is_being_written = lease.is_being_written();
  if (is_being_written.value_or(false)) {
    // Its end is an event, which may come a moment before the kernel counts one writer less.
    later_[path] = clock_.Now() + kLookAgain;
    return std::nullopt;
  }
  const auto info = store_.Stat(uri);
  if (!info) return std::nullopt;
  if (!is_being_written && IsFresh(path, info->modified, kQuiet)) return std::nullopt;
  // Between its making and its opening a file is there, and nobody writes it yet.
  if (info->size_bytes == 0 && IsFresh(path, info->modified, kLookAgain)) return std::nullopt;
  Delivery delivery;
  delivery.files.push_back(FileOf(*info));
  delivery.id = IdOf(delivery.files.front());
  const std::lock_guard lock(mutex_);
  Open& open = open_[delivery.id];
  if (open.attempts > 0) return std::nullopt;
  open = {path, 1, true, {}};
  later_.erase(path);
  return delivery;
}

// Files that are to come again, if they are the same still.
void FolderSource::GiveDue(std::size_t deliveries_max, std::vector<Delivery>& deliveries) {
  std::vector<std::string> due;
  {
    const std::lock_guard lock(mutex_);
    const TimePoint now = clock_.Now();
    for (const auto& [id, open] : open_) {
      if (due.size() + deliveries.size() >= deliveries_max) break;
      if (!open.is_given && open.due <= now) due.push_back(id);
    }
  }
  for (const std::string& id : due) {
    std::unique_lock lock(mutex_);
    auto again = open_.extract(id);
    lock.unlock();
    auto delivery = DeliveryOf(again.mapped().path);
    if (!delivery) continue;
    lock.lock();
    open_[delivery->id].attempts = delivery->id == id ? again.mapped().attempts + 1 : 1;
    deliveries.push_back(*std::move(delivery));
  }
}

Result<std::vector<Delivery>> FolderSource::Receive(std::size_t deliveries_max,
                                                    const std::stop_token& stop) {
  std::vector<Delivery> deliveries;
  if (!watch_) EIDER_CHECK(Begin());
  const bool has_work = !arrived_.empty() || !walks_.empty();
  EIDER_CHECK(TakeEvents(has_work ? Milliseconds(0) : kWait, stop));
  GiveDue(deliveries_max, deliveries);
  while (deliveries.size() < deliveries_max && !stop.stop_requested()) {
    const auto path = NextPath();
    if (!path) break;
    if (auto delivery = DeliveryOf(*path)) deliveries.push_back(*std::move(delivery));
  }
  return deliveries;
}

// What is wrong stays so until the file changes, which is an event.
Status FolderSource::Settle(std::span<const Settled> settled) {
  const std::lock_guard lock(mutex_);
  for (const Settled& one : settled) {
    const auto place = open_.find(one.id);
    if (place == open_.end()) continue;
    if (one.as == Settlement::kAgain) {
      place->second.is_given = false;
      place->second.due = clock_.Now() + WaitAfter(place->second.attempts);
    } else {
      open_.erase(place);
    }
  }
  return {};
}

}  // namespace eider::source
