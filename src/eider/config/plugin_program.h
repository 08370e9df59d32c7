// Programs of the operator's that routes may send rows through, by their names (docs/plugins.md).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/config/setting_value.h"

namespace eider::config {

struct PluginProgram {
  std::string name = {};
  std::vector<std::string> command = {};  // the program first: a path, or a name in PATH
  std::string folder = {};                // absolute: where it works
  // Beside the few variables that every program needs (plugin/process.h); nothing else of this
  // process's environment.
  std::map<std::string, std::string> environment = {};
  std::uint64_t memory_limit_bytes = 1ULL << 30U;
  std::optional<Milliseconds> timeout = {};  // of one file; empty: that of its query
  bool network = false;                      // whether it may open connections

  bool operator==(const PluginProgram&) const = default;
};

using PluginPrograms = std::map<std::string, PluginProgram>;  // by name

// A map in the file, or the same as YAML or JSON in a text. Errors: kInvalid.
Result<PluginPrograms> ParsePlugins(const SettingText& in);

// That of the name. Errors: kInvalid (there is none; says which there are).
Result<PluginProgram> FindPlugin(const PluginPrograms& programs, const std::string& name);

// As JSON in one line; empty: none.
std::string PrintValue(const PluginPrograms& programs);

// The same for people, with the values of environments masked.
std::string ShownPlugins(PluginPrograms programs);

}  // namespace eider::config
