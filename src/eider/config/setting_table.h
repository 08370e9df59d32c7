// Every setting, once: its name in the file, its variable, its flag, how it is read and shown.
//
// File, environment, flags, `eider config`, `--help` and the hints about misspelt names are all
// driven by this table; a new setting is one line of it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/result.h"
#include "eider/config/config.h"
#include "eider/config/setting_value.h"

namespace eider::config {

struct SettingSpec {
  std::string_view name;         // dotted, as in the file: "commit.num_retries"
  std::string_view environment;  // "EIDER_COMMIT_NUM_RETRIES"
  std::string_view flag;         // "--commit-num-retries"
  std::string_view placeholder;  // of its value in --help: "N"
  std::string_view help;
  bool (*is_required)(const Config& config);

  // Reads the value into `config`. Errors: kInvalid or kUnsupported with what is wrong, without the
  // setting's name.
  Status (*parse)(Config& config, const SettingText& in);

  // The value as `parse` would read it; secrets are not masked. Empty: not set.
  std::string (*print)(const Config& config);

  bool is_list = false;  // it may be a list in the file
};

// In the order of the documentation.
std::span<const SettingSpec> SettingTable();

// The setting of that dotted name, or null.
const SettingSpec* FindSetting(std::string_view name);

std::vector<std::string_view> SettingNames();

// The value for people: secrets are masked.
std::string ShownValue(const SettingSpec& setting, const Config& config);

}  // namespace eider::config
