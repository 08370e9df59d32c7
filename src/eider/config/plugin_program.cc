#include "eider/config/plugin_program.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "eider/base/result.h"
#include "eider/config/byte_size.h"
#include "eider/config/nearest_name.h"
#include "eider/config/setting_value.h"
#include "eider/config/yaml_document.h"

namespace eider::config {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t kMemoryBytesMin = 16ULL << 20U;

constexpr std::string_view kCommand = "command";
constexpr std::string_view kEnvironment = "environment";
constexpr std::string_view kMemoryLimit = "memory_limit";
constexpr std::string_view kTimeout = "timeout_ms";
constexpr std::string_view kNetwork = "network";
constexpr std::array<std::string_view, 5> kKeys = {kCommand, kEnvironment, kMemoryLimit, kTimeout,
                                                   kNetwork};

Result<std::string> TextOf(const YamlNode& value) {
  if (value.kind != YamlNode::Kind::kScalar) {
    return Fail(Code::kInvalid, fmt::format("must be a text, not {}", value.KindName()));
  }
  if (value.text.find('\0') == std::string::npos) return value.text;
  return Fail(Code::kInvalid, "holds a NUL character");
}

Status ReadCommand(const YamlNode& value, PluginProgram& program) {
  if (value.kind != YamlNode::Kind::kList || value.items.empty()) {
    return Fail(Code::kInvalid,
                "must be a list, the program and its arguments: [python3, clean.py]");
  }
  for (const YamlNode& word : value.items) {
    EIDER_ASSIGN(program.command.emplace_back(), TextOf(word));
  }
  if (!program.command.front().empty()) return {};
  return Fail(Code::kInvalid, "must begin with the name of a program");
}

Status ReadEnvironment(const YamlNode& value, PluginProgram& program) {
  if (value.kind != YamlNode::Kind::kMap) {
    return Fail(Code::kInvalid, fmt::format("must be a map, not {}", value.KindName()));
  }
  for (const YamlEntry& entry : value.entries) {
    if (entry.key.empty() ||
        entry.key.find_first_of(std::string_view("=\0", 2)) != std::string::npos) {
      return Fail(Code::kInvalid, fmt::format("has no variable '{}'", entry.key));
    }
    EIDER_ASSIGN(program.environment[entry.key], TextOf(entry.value));
  }
  return {};
}

Status ReadKey(const YamlEntry& entry, PluginProgram& program) {
  if (entry.key == kCommand) return ReadCommand(entry.value, program);
  if (entry.key == kEnvironment) return ReadEnvironment(entry.value, program);
  EIDER_ASSIGN(const std::string text, TextOf(entry.value));
  if (entry.key == kMemoryLimit) {
    EIDER_ASSIGN(program.memory_limit_bytes, ParseByteSize(text));
    if (program.memory_limit_bytes >= kMemoryBytesMin) return {};
    return Fail(Code::kInvalid,
                fmt::format("must be at least {}: '{}'", ByteSizeText(kMemoryBytesMin), text));
  }
  if (entry.key == kTimeout) {
    EIDER_ASSIGN(program.timeout, ParseMilliseconds({text, {}}, 1));
    return {};
  }
  program.network = text == "true";
  if (program.network || text == "false") return {};
  return Fail(Code::kInvalid, fmt::format("must be true or false: '{}'", text));
}

Result<PluginProgram> ReadProgram(const YamlEntry& plugin) {
  PluginProgram program{.name = plugin.key};
  if (plugin.value.kind != YamlNode::Kind::kMap) {
    return Fail(Code::kInvalid, fmt::format("'{}' must be a map with its {}, not {}", plugin.key,
                                            kCommand, plugin.value.KindName()));
  }
  for (const YamlEntry& entry : plugin.value.entries) {
    const std::string name = fmt::format("{}.{}", plugin.key, entry.key);
    if (std::ranges::find(kKeys, entry.key) == kKeys.end()) {
      return Fail(Code::kInvalid,
                  fmt::format("has an unknown key '{}'; {}", name, NameHint(entry.key, kKeys)));
    }
    if (const Status read = ReadKey(entry, program); !read) {
      return Fail(Code::kInvalid, fmt::format("{} {}", name, read.error().message));
    }
  }
  if (!program.command.empty()) return program;
  return Fail(Code::kInvalid,
              fmt::format("'{}' has no {}, as in [python3, clean.py]", plugin.key, kCommand));
}

}  // namespace

Result<PluginPrograms> ParsePlugins(const SettingText& in) {
  YamlNode map;
  if (in.map != nullptr) {
    map = *in.map;
  } else {
    EIDER_ASSIGN(map, ParseYaml(in.text, "its text"));
  }
  if (map.kind != YamlNode::Kind::kMap) {
    return Fail(Code::kInvalid,
                fmt::format("must be a map of names and programs, not {}", map.KindName()));
  }
  PluginPrograms programs;
  for (const YamlEntry& plugin : map.entries) {
    if (plugin.key.empty()) return Fail(Code::kInvalid, "has a plug-in without a name");
    EIDER_ASSIGN(PluginProgram program, ReadProgram(plugin));
    program.folder = in.folder;
    if (programs.emplace(plugin.key, std::move(program)).second) continue;
    return Fail(Code::kInvalid, fmt::format("names '{}' twice", plugin.key));
  }
  return programs;
}

Result<PluginProgram> FindPlugin(const PluginPrograms& programs, const std::string& name) {
  const auto found = programs.find(name);
  if (found != programs.end()) return found->second;
  std::vector<std::string_view> names;
  for (const auto& [other, program] : programs) names.push_back(other);
  return Fail(Code::kInvalid, fmt::format("there is no plug-in '{}' in the configuration{}", name,
                                          names.empty() ? ", which has none: name it in `plugins`"
                                                        : "; " + NameHint(name, names)));
}

std::string PrintValue(const PluginPrograms& programs) {
  if (programs.empty()) return "";
  Json all = Json::object();
  for (const auto& [name, program] : programs) {
    Json one = {{kCommand, program.command}};
    if (!program.environment.empty()) one[kEnvironment] = program.environment;
    one[kMemoryLimit] = ByteSizeText(program.memory_limit_bytes);
    if (program.timeout) one[kTimeout] = program.timeout->count();
    one[kNetwork] = program.network;
    all[name] = std::move(one);
  }
  return all.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string ShownPlugins(PluginPrograms programs) {
  for (auto& [name, program] : programs) {
    for (auto& [variable, value] : program.environment) value = "***";
  }
  return PrintValue(programs);
}

}  // namespace eider::config
