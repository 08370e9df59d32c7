// A test whose loader is a process of its own, and dies where it is told.
#pragma once

#include <stdlib.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "fault_lake.h"

namespace eider::fault {

struct LoaderRun {
  bool killed = false;
  std::vector<std::string> lines;
};

class Killing : public testing::TestWithParam<std::string_view> {
 protected:
  Killing() : folder(NewFolder()) {}

  ~Killing() override { std::filesystem::remove_all(folder); }

  // `half`: "prepare" or "commit"; empty: both at once.
  LoaderRun RunLoader(std::string_view point, std::string_view routing = "",
                      std::string_view half = "") {
    const std::string command =
        fmt::format("exec {} '{}' '{}' {} {}", FAULT_LOAD_BINARY, folder, point, routing, half);
    std::FILE* const pipe = ::popen(command.c_str(), "r");
    LoaderRun run;
    std::array<char, 4096> line{};
    while (std::fgets(line.data(), static_cast<int>(line.size()), pipe) != nullptr) {
      run.lines.emplace_back(line.data());
    }
    const int status = ::pclose(pipe);
    run.killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    return run;
  }

  std::string folder;
};

inline std::string NameOf(const testing::TestParamInfo<std::string_view>& point) {
  std::string name(point.param);
  std::ranges::replace(name, '#', '_');
  return name;
}

}  // namespace eider::fault
