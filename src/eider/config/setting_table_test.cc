// What holds for every setting alike.
#include "eider/config/setting_table.h"

#include <cctype>
#include <string>

#include <gtest/gtest.h>

#include "eider/config/config.h"

namespace eider::config {
namespace {

TEST(SettingTable, EveryPrintedDefaultReadsBackAsItself) {
  for (const SettingSpec& setting : SettingTable()) {
    Config config;
    const std::string text = setting.print(config);
    if (text.empty()) continue;
    ASSERT_TRUE(setting.parse(config, {text, "/"})) << setting.name;
    EXPECT_EQ(setting.print(config), text) << setting.name;
  }
}

TEST(SettingTable, VariablesAndFlagsFollowFromTheName) {
  for (const SettingSpec& setting : SettingTable()) {
    std::string variable = "EIDER_";
    std::string flag = "--";
    for (const char c : setting.name) {
      variable += c == '.' ? '_' : static_cast<char>(std::toupper(c));
      flag += c == '.' || c == '_' ? '-' : c;
    }
    if (setting.name != "aws.region") {
      EXPECT_EQ(setting.environment, variable);
    }
    // Those of one command need not say which.
    constexpr std::string_view kOfServe = "--serve-";
    if (flag.starts_with(kOfServe)) flag.erase(2, kOfServe.size() - 2);
    EXPECT_EQ(setting.flag, flag);
  }
}

}  // namespace
}  // namespace eider::config
