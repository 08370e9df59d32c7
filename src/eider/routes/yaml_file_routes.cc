#include "eider/routes/yaml_file_routes.h"

#include <sys/stat.h>

#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/routes/route_store.h"
#include "eider/routes/yaml_route_store.h"

namespace eider::routes {

Result<std::unique_ptr<RouteStore>> YamlFileRoutes::Open(YamlFileOptions options, Clock& clock,
                                                         spdlog::logger& log) {
  std::unique_ptr<YamlFileRoutes> opened(new YamlFileRoutes(std::move(options), clock, log));
  EIDER_CHECK(opened->Read());
  opened->next_look_ = clock.Now() + opened->options_.look_interval;
  return opened;
}

Result<YamlFileRoutes::Stamp> YamlFileRoutes::StampNow() const {
  struct stat file = {};
  if (::stat(options_.path.c_str(), &file) != 0) {
    return Fail(Code::kNotFound, fmt::format("the file {} is not there", options_.path));
  }
  return Stamp{file.st_ino, file.st_size, file.st_ctim.tv_sec, file.st_ctim.tv_nsec};
}

// The stamp is taken first: what is written while it is read is read again.
Status YamlFileRoutes::Read() {
  if (const auto stamp = StampNow()) stamp_ = *stamp;
  EIDER_ASSIGN(routes_, OpenYamlRoutes(options_.path));
  return {};
}

void YamlFileRoutes::LookAgain() {
  const auto stamp = StampNow();
  Status looked;
  if (!stamp) {
    looked = std::unexpected(stamp.error());
  } else if (*stamp == stamp_) {
    return;
  } else {
    looked = Read();
  }
  const std::string problem = looked ? "" : looked.error().message;
  if (!problem.empty() && problem != told_) {
    log_.warn("the routes of {} serve as they were before it was changed: {}", options_.path,
              problem);
  }
  told_ = problem;
}

YamlFileRoutes::StorePtr YamlFileRoutes::Current() {
  const std::lock_guard lock(mutex_);
  const TimePoint now = clock_.Now();
  const TimePoint next = now + options_.look_interval;
  if (now >= next_look_ || next < next_look_) {  // the latter: the clock was set back
    next_look_ = next;
    LookAgain();
  }
  return routes_;
}

}  // namespace eider::routes
