// The routes of a YAML file, for as long as the process lives: people change it meanwhile.
//
// At most every `look_interval` it is looked whether the file has been changed; then its routes
// serve. While what it has become cannot be read as routes (an editor may be half-way through it),
// those of before serve on, and a warning says so once for each such content.
#pragma once

#include <sys/types.h>

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <spdlog/logger.h>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/routes/route.h"
#include "eider/routes/route_store.h"

namespace eider::routes {

struct YamlFileOptions {
  std::string path;
  Milliseconds look_interval{30'000};
};

// Safe for concurrent calls from several threads. Borrows clock and log.
class YamlFileRoutes final : public RouteStore {
 public:
  // Reads the file. Errors: those of OpenYamlRoutes.
  static Result<std::unique_ptr<RouteStore>> Open(YamlFileOptions options, Clock& clock,
                                                  spdlog::logger& log);

  Result<std::optional<Route>> Find(std::string_view key) override { return Current()->Find(key); }

  Result<RouteListing> List() override { return Current()->List(); }

  Result<RouteListing> Patterns() override { return Current()->Patterns(); }

  // kUnsupported: people edit the file.
  Status Put(const Route& route, const RouteCondition& condition = {}) override {
    return Current()->Put(route, condition);
  }

  Result<bool> Remove(std::string_view key, const RouteCondition& condition = {}) override {
    return Current()->Remove(key, condition);
  }

  std::string Name() const override { return options_.path; }

 private:
  // shared: those who search it keep it while a newer one takes its place.
  using StorePtr = std::shared_ptr<RouteStore>;

  // What changes when the file is written or replaced.
  struct Stamp {
    ino_t inode = 0;
    off_t size_bytes = 0;
    long seconds = 0;  // of the last change
    long nanoseconds = 0;

    bool operator==(const Stamp&) const = default;
  };

  YamlFileRoutes(YamlFileOptions options, Clock& clock, spdlog::logger& log)
      : options_(std::move(options)), clock_(clock), log_(log) {}

  Result<Stamp> StampNow() const;
  Status Read();     // with the lock
  void LookAgain();  // with the lock
  StorePtr Current();

  const YamlFileOptions options_;
  Clock& clock_;
  spdlog::logger& log_;

  std::mutex mutex_;  // guards all below
  StorePtr routes_;   // never null once it is open
  Stamp stamp_;       // of the content that was read last, right or wrong
  std::string told_;  // the last problem
  TimePoint next_look_{};
};

}  // namespace eider::routes
