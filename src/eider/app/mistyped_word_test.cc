// Which command or option somebody may have meant.
#include "eider/app/mistyped_word.h"

#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eider::app {
namespace {

struct MistypedWordTest : ::testing::Test {
  MistypedWordTest() {
    program.name("eider");
    program.add_option("--config", config);
    CLI::App* const run = program.add_subcommand("run");
    run->add_flag("--force", is_forced);
    run->add_option("uris", uris);
    CLI::App* const routes = program.add_subcommand("routes");
    routes->add_subcommand("list");
    routes->add_subcommand("remove");
  }

  std::string Hint(const std::vector<std::string>& arguments) {
    return HintOfMistyped(program, arguments);
  }

  CLI::App program;
  std::string config;
  bool is_forced = false;
  std::vector<std::string> uris;
};

TEST_F(MistypedWordTest, NamesTheNearestCommand) {
  EXPECT_EQ(Hint({"rnu"}), "'rnu' is no command of eider: did you mean 'run'?");
  EXPECT_EQ(Hint({"--config", "x", "rnu"}), "'rnu' is no command of eider: did you mean 'run'?");
  EXPECT_EQ(Hint({"routes", "lsit"}), "'lsit' is no command of eider routes: did you mean 'list'?");
}

TEST_F(MistypedWordTest, NamesAllCommandsWhereNoneIsNear) {
  EXPECT_EQ(Hint({"snowpipe"}), "'snowpipe' is no command of eider: known are: run, routes");
}

TEST_F(MistypedWordTest, NamesTheNearestOptionOfTheCommandAndOfThoseAboveIt) {
  EXPECT_EQ(Hint({"run", "--forec"}), "--forec is no option of eider run: did you mean --force?");
  EXPECT_EQ(Hint({"run", "--confg=x"}),
            "--confg is no option of eider run: did you mean --config?");
}

TEST_F(MistypedWordTest, SaysNothingOfWordsThatAreRight) {
  EXPECT_EQ(Hint({"run", "rnu", "--force"}), "");  // a file
  EXPECT_EQ(Hint({"routes"}), "");
  EXPECT_EQ(Hint({"run", "--quite-unlike-any"}), "");
}

}  // namespace
}  // namespace eider::app
