// The command line as people type it: help, mistakes, exit codes, and what each command opens.
#include "eider/app/cli.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "eider/app/console.h"
#include "eider/config/setting_table.h"

namespace eider::app {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class CliTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::temp_directory_path() / ("eider_cli_test." + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_ / "in");
    Write("eider.yaml",
          "warehouse: wh\n"
          "catalog: { uri: 'sqlite:///catalog.db' }\n"
          "routing: { path: routes.yaml }\n"
          "ledger: { path: ledger.db }\n"
          "buckets: { in: in }\n");
    Write("routes.yaml",
          "routes:\n"
          "  - PartitionKey: in\n"
          "    target_table: bronze.people\n"
          "    query_sql: SELECT * FROM read_csv('{s3_input_path}')\n"
          "    create_table: true\n");
  }

  void TearDown() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& name, std::string_view text) {
    std::ofstream(folder_ / name) << text;
  }

  // Runs `eider ARGUMENTS` in the folder and keeps what it printed.
  int Eider(std::vector<std::string> arguments, const std::string& standard_input = "") {
    std::istringstream in(standard_input);
    std::ostringstream out;
    std::ostringstream err;
    Console console{in, out, err};
    Process process;
    process.arguments = std::move(arguments);
    process.environment = [this](std::string_view name) -> std::optional<std::string> {
      const auto found = variables_.find(std::string(name));
      return found == variables_.end() ? std::nullopt : std::optional(found->second);
    };
    for (const auto& [name, value] : variables_) process.environment_names.push_back(name);
    process.working_directory = folder_;
    const int exit_code = RunProgram(process, console);
    out_ = out.str();
    err_ = err.str();
    return exit_code;
  }

  std::vector<nlohmann::json> Lines() const {
    std::vector<nlohmann::json> lines;
    std::istringstream stream(out_);
    for (std::string line; std::getline(stream, line);) {
      lines.push_back(nlohmann::json::parse(line));
    }
    return lines;
  }

  std::filesystem::path folder_;
  std::map<std::string, std::string> variables_ = {{"EIDER_CONFIG", "eider.yaml"}};
  std::string out_;
  std::string err_;
};

TEST_F(CliTest, HelpNamesEveryCommandAndEverySetting) {
  EXPECT_EQ(Eider({"--help"}), 0);
  for (const char* word : {"run", "routes", "table", "history", "config", "Examples:", "--json"}) {
    EXPECT_THAT(out_, HasSubstr(word));
  }
  const std::string program_help = out_;
  EXPECT_EQ(Eider({"serve", "--help"}), 0);
  for (const config::SettingSpec& setting : config::SettingTable()) {
    const bool is_of_serve = setting.name.starts_with("serve.");
    EXPECT_THAT(is_of_serve ? out_ : program_help, HasSubstr(std::string(setting.flag)));
  }
}

TEST_F(CliTest, HelpOfEveryCommandTeachesByExamples) {
  for (const std::vector<std::string>& command :
       std::vector<std::vector<std::string>>{{"run"},
                                             {"routes"},
                                             {"routes", "check"},
                                             {"table"},
                                             {"table", "head"},
                                             {"history"},
                                             {"config"}}) {
    std::vector<std::string> arguments = command;
    arguments.emplace_back("--help");
    EXPECT_EQ(Eider(arguments), 0) << command.back();
    EXPECT_THAT(out_, HasSubstr("Examples:")) << command.back();
    EXPECT_THAT(out_, HasSubstr("--config")) << command.back();
  }
}

TEST_F(CliTest, VersionNeedsNoConfiguration) {
  variables_.clear();
  EXPECT_EQ(Eider({"--version"}), 0);
  EXPECT_THAT(out_, HasSubstr("eider 0."));
}

TEST_F(CliTest, WrongUsageIsTwoAndLeavesStandardOutputAlone) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{},
                                             {"runs"},
                                             {"run"},
                                             {"run", "--nosuch", "x"},
                                             {"table"},
                                             {"table", "show"},
                                             {"table", "show", "nonamespace"},
                                             {"table", "head", "a.b", "--rows", "-1"},
                                             {"history", "--state", "DONE"},
                                             {"history", "--limit", "many"},
                                             {"config", "--log-level", "loud"},
                                             {"config", "--engine-threads", "none"},
                                             {"run", "http://host/x"}}) {
    EXPECT_EQ(Eider(arguments), 2) << ::testing::PrintToString(arguments);
    EXPECT_EQ(out_, "");
    EXPECT_NE(err_, "");
  }
}

TEST_F(CliTest, ConfigOpensNothing) {
  EXPECT_EQ(Eider({"config", "--json", "--engine-threads", "3"}), 0) << err_;
  for (const nlohmann::json& line : Lines()) {
    if (line["setting"] == "engine.threads") {
      EXPECT_EQ(line["value"], "3");
      EXPECT_EQ(line["from"], "--engine-threads");
    }
    if (line["setting"] == "ledger.path") {
      EXPECT_EQ(line["from"], "eider.yaml:4");
    }
  }
  EXPECT_FALSE(std::filesystem::exists(folder_ / "ledger.db"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "catalog.db"));
}

TEST_F(CliTest, OptionsMayStandBeforeOrAfterTheCommand) {
  variables_.clear();
  EXPECT_EQ(Eider({"--config", "eider.yaml", "config"}), 0) << err_;
  EXPECT_EQ(Eider({"config", "--config", "eider.yaml"}), 0) << err_;
  EXPECT_EQ(Eider({"table", "list", "--config", "eider.yaml", "--json"}), 0) << err_;
}

TEST_F(CliTest, UnknownStrategyNamesItsPlace) {
  Write("eider.yaml",
        "warehouse: wh\n"
        "catalog: { uri: 'sqlite:///catalog.db' }\n"
        "routing: { path: routes.yaml, strategies: [bukcet] }\n"
        "ledger: { path: ledger.db }\n");
  EXPECT_EQ(Eider({"config"}), 2);
  EXPECT_THAT(err_, HasSubstr("eider.yaml:3: routing.strategies"));
  EXPECT_THAT(err_, HasSubstr("'bukcet'"));
}

TEST_F(CliTest, RoutesAreListedAndChecked) {
  EXPECT_EQ(Eider({"routes", "list"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("bronze.people"));
  EXPECT_EQ(Eider({"routes", "check"}), 0) << err_;
  EXPECT_EQ(out_, "1 route, and it is right\n");
  Write("routes.yaml",
        "routes:\n"
        "  - PartitionKey: a\n"
        "    target_table: bronze.people\n"
        "    query_sql: DROP TABLE x -- {s3_input_path}\n"
        "  - PartitionKey: b\n"
        "    target_tabel: bronze.people\n"
        "    query_sql: SELECT '{s3_input_path}'\n");
  EXPECT_EQ(Eider({"routes", "check"}), 1);
  EXPECT_THAT(out_, HasSubstr("route 'a': query_sql"));
  EXPECT_THAT(out_, HasSubstr("routes.yaml:6: route 'b': unknown attribute 'target_tabel'"));
}

TEST_F(CliTest, LoadsLooksAndRemembers) {
  Write("in/a b.csv", "id,name\n1,ada\n2,grace\n");
  EXPECT_EQ(Eider({"run", "in"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("LOADED   s3://in/a b.csv  2 rows to bronze.people"));
  EXPECT_THAT(out_, HasSubstr("1 loaded, 0 skipped, 0 failed, 2 rows"));
  EXPECT_THAT(out_ + err_, Not(HasSubstr("\x1b")));

  EXPECT_EQ(Eider({"run", "--json", "s3://in/"}), 0) << err_;
  EXPECT_EQ(Lines().at(0)["state"], "SKIPPED");
  EXPECT_EQ(Lines().at(1),
            nlohmann::json::parse(R"({"summary":{"loaded":0,"skipped":1,"failed":0,"held":0}})"));

  EXPECT_EQ(Eider({"table", "show", "bronze.people"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("unpartitioned"));
  EXPECT_EQ(Eider({"table", "head", "bronze.people", "--json"}), 0) << err_;
  EXPECT_EQ(Lines().at(1)["name"], "grace");
  EXPECT_EQ(Eider({"history", "--json", "--state", "loaded"}), 0) << err_;
  EXPECT_EQ(Lines().at(0)["file"], "s3://in/a b.csv");
  EXPECT_EQ(Lines().at(0)["rows"], 2);
}

TEST_F(CliTest, FailedFileIsOneBlockAndExitCodeOne) {
  Write("in/good.csv", "id,name\n1,ada\n");
  EXPECT_EQ(Eider({"run", "s3://in/missing.csv", "s3://in/good.csv", "s3://other/x"}), 1);
  EXPECT_THAT(out_, HasSubstr("1 loaded, 0 skipped, 2 failed"));
  EXPECT_THAT(err_, HasSubstr("FAILED   s3://in/missing.csv\n    "));
  EXPECT_EQ(Eider({"history", "--state", "FAILED"}), 0);
  EXPECT_THAT(out_, HasSubstr("s3://in/missing.csv"));
}

TEST_F(CliTest, FileNamedLikeACommandOrAListIsAFile) {
  Write("in/config", "id\n1\n");
  Write("in/[x]", "id\n1\n");
  EXPECT_EQ(Eider({"run", "--json", "in/config", "in/[x]", "[y]", "run"}), 1);
  ASSERT_EQ(Lines().size(), 5U) << out_;
  std::vector<std::string> files;
  for (const nlohmann::json& line : Lines()) files.push_back(line.value("file", ""));
  EXPECT_THAT(files, ::testing::IsSupersetOf({"s3://in/config", "s3://in/[x]"}));
  EXPECT_THAT(out_, HasSubstr("/[y]\""));
  EXPECT_THAT(out_, HasSubstr("/run\""));
}

TEST_F(CliTest, ReadsAnEventFromStandardInput) {
  Write("in/a b.csv", "id,name\n1,ada\n");
  const std::string event =
      R"({"Records":[{"eventSource":"aws:s3","eventName":"ObjectCreated:Put","s3":)"
      R"({"bucket":{"name":"in"},"object":{"key":"a+b.csv"}}},7]})";
  EXPECT_EQ(Eider({"run", "--json", "--event", "-"}, event), 1) << err_;
  ASSERT_EQ(Lines().size(), 3U) << out_;
  EXPECT_EQ(Lines()[0]["event_record"], 1);
  EXPECT_EQ(Lines()[1]["file"], "s3://in/a b.csv");
  EXPECT_EQ(Lines()[1]["state"], "LOADED");
  EXPECT_EQ(Eider({"run", "--event", "-"}, "nonsense"), 2);
  EXPECT_THAT(err_, HasSubstr("event on standard input"));
}

}  // namespace
}  // namespace eider::app
