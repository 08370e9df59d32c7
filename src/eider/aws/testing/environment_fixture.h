// Variables and profile files of a test's own.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "eider/aws/environment.h"

namespace eider::aws {

class EnvironmentFixture : public testing::Test {
 protected:
  EnvironmentFixture() {
    std::string pattern = std::filesystem::temp_directory_path() / "eider-aws-XXXXXX";
    home_ = ::mkdtemp(pattern.data());
    std::filesystem::create_directory(home_ / ".aws");
    variables_["HOME"] = home_;
  }

  ~EnvironmentFixture() override { std::filesystem::remove_all(home_); }

  // The path of the file written.
  std::string Write(const std::string& path, std::string_view content) {
    std::ofstream(home_ / path) << content;
    return home_ / path;
  }

  void WriteConfig(std::string_view content) { Write(".aws/config", content); }

  void WriteCredentials(std::string_view content) { Write(".aws/credentials", content); }

  std::filesystem::path home_;
  std::map<std::string, std::string, std::less<>> variables_;
  const Environment environment_ = [this](std::string_view name) -> std::optional<std::string> {
    const auto found = variables_.find(name);
    if (found == variables_.end() || found->second.empty()) return std::nullopt;
    return found->second;
  };
};

}  // namespace eider::aws
