#include "eider/config/plugin_program.h"

#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/config/testing/config_fixture.h"

namespace eider::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kPlugins = R"(
plugins:
  clean:
    command: [python3, clean.py, ""]
    environment: {MODE: strict, EMPTY: ""}
    memory_limit: 512MiB
    timeout_ms: 60000
    network: true
  other: {command: [./other]}
)";

TEST_F(ConfigTest, PluginsAreReadByTheirNames) {
  const auto loaded = LoadText(std::string(kWhole) + kPlugins);
  ASSERT_TRUE(loaded) << loaded.error().message;
  const PluginPrograms& plugins = loaded->config.plugins;
  ASSERT_EQ(plugins.size(), 2U);
  const PluginProgram& clean = plugins.at("clean");
  EXPECT_EQ(clean.name, "clean");
  EXPECT_THAT(clean.command, ElementsAre("python3", "clean.py", ""));
  EXPECT_EQ(clean.environment.at("MODE"), "strict");
  EXPECT_EQ(clean.memory_limit_bytes, 512U << 20U);
  EXPECT_EQ(clean.timeout, Milliseconds(60'000));
  EXPECT_TRUE(clean.network);
  EXPECT_FALSE(plugins.at("other").network);
  EXPECT_EQ(plugins.at("other").timeout, std::nullopt);
}

TEST_F(ConfigTest, PluginsOfAVariableAreJsonAndReadWhatIsPrinted) {
  const auto file = LoadText(std::string(kWhole) + kPlugins);
  ASSERT_TRUE(file);
  const std::string text = PrintValue(file->config.plugins);
  auto parsed = ParsePlugins({text, file->config.plugins.at("clean").folder});
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(*parsed, file->config.plugins);
  EXPECT_EQ(PrintValue(PluginPrograms{}), "");
}

TEST_F(ConfigTest, ValuesOfAPluginsEnvironmentAreNotShown) {
  const auto loaded = LoadText(std::string(kWhole) + kPlugins);
  EXPECT_THAT(Find(*loaded, "plugins").value, HasSubstr(R"("MODE":"***")"));
  EXPECT_THAT(Find(*loaded, "plugins").value, Not(HasSubstr("strict")));
}

TEST(Plugins, WhatIsWrongIsToldByItsPlace) {
  for (const auto& [text, why] : {std::pair{"[a]", "must be a map of names and programs"},
                                  {"{a: }", "'a' must be a map with its command, not nothing"},
                                  {"{a: {}}", "'a' has no command"},
                                  {"{a: {command: x}}", "a.command must be a list"},
                                  {"{a: {command: []}}", "a.command must be a list"},
                                  {"{a: {command: ['']}}", "begin with the name of a program"},
                                  {"{a: {command: [[x]]}}", "a.command must be a text"},
                                  {"{a: {comand: [x]}}", "did you mean 'command'?"},
                                  {"{a: {environment: [x]}}", "a.environment must be a map"},
                                  {"{a: {environment: {'B=': c}}}", "no variable 'B='"},
                                  {"{a: {memory_limit: 1kB}}", "must be at least 16MiB: '1kB'"},
                                  {"{a: {timeout_ms: 0}}", "a.timeout_ms must be"},
                                  {"{a: {network: 1}}", "a.network must be true or false: '1'"},
                                  {"{a: {command: [x]}, a: {command: [y]}}", "names 'a' twice"}}) {
    const auto parsed = ParsePlugins({text, "/folder"});
    ASSERT_FALSE(parsed) << text;
    EXPECT_THAT(parsed.error().message, HasSubstr(why)) << text;
  }
}

TEST(Plugins, AreFoundByNameOrToldByTheNearest) {
  const PluginPrograms programs = {{"clean", {.name = "clean", .command = {"x"}}}};
  EXPECT_EQ(FindPlugin(programs, "clean")->command.front(), "x");
  EXPECT_THAT(FindPlugin(programs, "claen").error().message, HasSubstr("did you mean 'clean'?"));
  EXPECT_THAT(FindPlugin({}, "clean").error().message, HasSubstr("name it in `plugins`"));
}

}  // namespace
}  // namespace eider::config
