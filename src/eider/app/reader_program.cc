// The child's arguments and environment, and the bound of a process's memory.
#include "eider/app/reader_program.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "eider/config/config.h"
#include "eider/config/setting_table.h"

namespace eider::app {
namespace {

constexpr std::uint64_t kReaderBytesMin = 256ULL << 20U;

// What is in memory now, in bytes. Source: proc(5), /proc/[pid]/statm.
std::uint64_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t pages = 0;
  std::uint64_t resident_pages = 0;
  statm >> pages >> resident_pages;
  return resident_pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

// All readers, one for each worker, stay within the limit of this process together with it.
config::Config Remaining(config::Config config) {
  auto& engine = config.engine;
  const auto readers = static_cast<std::uint64_t>(std::max(engine.threads, 1));
  const std::uint64_t taken = std::min(ResidentBytes(), engine.process_memory_limit_bytes);
  engine.process_memory_limit_bytes =
      std::max((engine.process_memory_limit_bytes - taken) / readers, kReaderBytesMin);
  engine.memory_limit_bytes =
      std::min(engine.memory_limit_bytes, engine.process_memory_limit_bytes / 2);
  return config;
}

}  // namespace

engine::ReaderProgram ReaderProgramFor(const config::Config& config, bool is_dry_run) {
  const config::Config remaining = Remaining(config);
  engine::ReaderProgram program{.path = "/proc/self/exe",
                                .arguments = {"eider", "reader", std::to_string(::getpid())},
                                .environment = {}};
  if (is_dry_run) program.arguments.emplace_back("--dry-run");
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view variable = *entry;
    if (!variable.starts_with("EIDER_")) program.environment.emplace_back(variable);
  }
  for (const config::SettingSpec& setting : config::SettingTable()) {
    const std::string value = setting.print(remaining);
    if (value.empty()) continue;
    program.environment.push_back(fmt::format("{}={}", setting.environment, value));
  }
  return program;
}

void BoundMemory(std::uint64_t bytes) {
#ifndef EIDER_SANITIZED
  rlimit limit{};
  ::getrlimit(RLIMIT_DATA, &limit);
  limit.rlim_cur = std::min<rlim_t>(bytes, limit.rlim_max);
  ::setrlimit(RLIMIT_DATA, &limit);
#else
  static_cast<void>(bytes);  // the sanitizers' shadow memory is private, too
#endif
}

void RaiseOpenFiles() {
  constexpr rlim_t kOpenFiles = 65'536;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = std::max(limit.rlim_cur, std::min(kOpenFiles, limit.rlim_max));
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace eider::app
