// Read when they are printed. Source: proc(5).
#include "eider/web/process_gauges.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>
#include <vector>

#include "eider/base/result.h"

namespace eider::web {
namespace {

std::vector<metrics::Sample> OneSample(std::optional<double> value) {
  if (!value) return {};
  return {{.labels = {}, .value = *value}};
}

std::optional<double> ResidentBytes() {
  std::ifstream pages_of_memory("/proc/self/statm");
  double all = 0;
  double resident = 0;
  if (!(pages_of_memory >> all >> resident)) return std::nullopt;
  return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

std::optional<double> OpenFiles() {
  std::error_code error;
  const std::filesystem::directory_iterator open("/proc/self/fd", error);
  if (error) return std::nullopt;
  return static_cast<double>(std::distance(begin(open), end(open)) - 1);  // one is this look
}

std::optional<double> OpenFilesMax() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::nullopt;
  return static_cast<double>(limit.rlim_cur);
}

}  // namespace

Status AddProcessGauges(metrics::Registry& registry) {
  EIDER_CHECK(registry.AddReadGauges(
      {.name = "process_resident_memory_bytes", .help = "Memory of the process that is in RAM."},
      [] { return OneSample(ResidentBytes()); }));
  EIDER_CHECK(
      registry.AddReadGauges({.name = "process_open_fds", .help = "Open files and sockets."},
                             [] { return OneSample(OpenFiles()); }));
  return registry.AddReadGauges({.name = "process_max_fds", .help = "How many may be open."},
                                [] { return OneSample(OpenFilesMax()); });
}

}  // namespace eider::web
