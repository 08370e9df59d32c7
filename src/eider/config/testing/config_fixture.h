// A configuration in a folder of its own, for tests.
#pragma once

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/config/config.h"

namespace eider::config {

inline constexpr std::string_view kWhole = R"(warehouse: file:///lake
catalog: { name: lake, type: sql, uri: "sqlite:////lake/catalog.db" }
routing: { store: file, path: routes.yaml, strategies: [folder, bucket] }
ledger:  { type: sqlite, path: /lake/ledger.db }
buckets: { src-a: /data/a, src-b: b }
engine:  { memory_limit: 512MB, threads: 3, temp_directory: /spill }
commit:  { num_retries: 4, min_wait_ms: 5, max_wait_ms: 6, total_timeout_ms: 7, max_files: 8 }
)";

class ConfigTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              ("eider_config_test." + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }

  void TearDown() override { std::filesystem::remove_all(folder_); }

  // Loads `text` as the file config.yaml, with the variables and flags set before.
  Result<Loaded> LoadText(std::string_view text) {
    std::ofstream(folder_ / "config.yaml") << text;
    return LoadFile("config.yaml");
  }

  Result<Loaded> LoadFile(std::optional<std::string> file) {
    Inputs inputs;
    inputs.file = std::move(file);
    inputs.environment = [this](std::string_view name) -> std::optional<std::string> {
      const auto found = variables_.find(std::string(name));
      return found == variables_.end() ? std::nullopt : std::optional(found->second);
    };
    for (const auto& [name, value] : variables_) inputs.environment_names.push_back(name);
    inputs.flags = flags_;
    inputs.working_directory = folder_;
    return Load(inputs);
  }

  std::string ErrorOf(std::string_view text) {
    const auto loaded = LoadText(text);
    return loaded ? "no error" : loaded.error().message;
  }

  std::filesystem::path folder_;
  std::map<std::string, std::string> variables_;
  std::map<std::string, std::string> flags_;
};

inline Setting Find(const Loaded& loaded, std::string_view name) {
  for (const Setting& setting : loaded.settings) {
    if (setting.name == name) return setting;
  }
  return {};
}

}  // namespace eider::config
