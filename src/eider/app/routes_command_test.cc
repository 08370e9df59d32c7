// The routes commands as people type them, over a routing table that they can write.
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <istream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "eider/app/cli.h"
#include "eider/app/console.h"

namespace eider::app {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;

constexpr const char* kSql = "SELECT * FROM read_csv('{s3_input_path}')";

class RoutesCommandTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              ("eider_routes_test." + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    Write("eider.yaml",
          "warehouse: wh\n"
          "catalog: { uri: 'sqlite:///catalog.db' }\n"
          "routing: { store: sqlite, path: routes.db }\n"
          "ledger: { path: ledger.db }\n");
  }

  void TearDown() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& name, std::string_view text) {
    std::ofstream(folder_ / name) << text;
  }

  // Runs `eider routes ARGUMENTS` in the folder and keeps what it printed. With an answer somebody
  // sits at a terminal.
  int Routes(std::vector<std::string> arguments, std::optional<std::string> answer = {}) {
    std::istringstream in(answer.value_or(""));
    std::ostringstream out;
    std::ostringstream err;
    Console console{in, out, err};
    console.in_is_terminal = answer.has_value();
    const int exit_code = Run(std::move(arguments), console);
    out_ = out.str();
    err_ = err.str();
    return exit_code;
  }

  int Run(std::vector<std::string> arguments, Console& console) {
    arguments.insert(arguments.begin(), {"--config", "eider.yaml", "routes"});
    Process process;
    process.arguments = std::move(arguments);
    process.environment = [](std::string_view) -> std::optional<std::string> { return {}; };
    process.working_directory = folder_;
    return RunProgram(process, console);
  }

  std::filesystem::path folder_;
  std::string out_;
  std::string err_;
};

TEST_F(RoutesCommandTest, PutGetReplaceRemove) {
  ASSERT_EQ(Routes({"put", "in", "--table", "bronze.people", "--sql", kSql, "--create-table"}), 0)
      << out_ << err_;
  EXPECT_THAT(out_, HasSubstr("1 route written to routing table"));
  EXPECT_EQ(Routes({"get", "in", "--json"}), 0);
  nlohmann::json got = nlohmann::json::parse(out_);
  EXPECT_THAT(got["updated_at"].get<std::string>(), MatchesRegex("20..-..-..T..:..:..Z"));
  got.erase("updated_at");
  EXPECT_EQ(got, (nlohmann::json{{"PartitionKey", "in"},
                                 {"target_table", "bronze.people"},
                                 {"query_sql", kSql},
                                 {"create_table", true},
                                 {"version", 1}}));
  Write("people.sql", "SELECT id\nFROM '{s3_input_path}'\n");
  ASSERT_EQ(Routes({"put", "in", "--table", "silver.people", "--sql-file", "people.sql"}), 0)
      << out_ << err_;
  EXPECT_EQ(Routes({"get", "in"}), 0);
  EXPECT_THAT(out_, HasSubstr("target_table: \"silver.people\""));
  EXPECT_THAT(out_, HasSubstr("      SELECT id\n      FROM"));
  EXPECT_THAT(out_, Not(HasSubstr("create_table")));
  EXPECT_THAT(out_, HasSubstr("    version: 2\n"));
  EXPECT_EQ(Routes({"remove", "in"}), 0);
  EXPECT_EQ(Routes({"remove", "in"}), 1);
  EXPECT_THAT(err_, HasSubstr("no route with this PartitionKey"));
  EXPECT_EQ(Routes({"get", "in"}), 1);
  EXPECT_THAT(err_, HasSubstr("'in'"));
}

TEST_F(RoutesCommandTest, PutWritesNothingThatIsWrong) {
  for (const auto& [table, sql, what] : std::vector<std::array<std::string, 3>>{
           {"people", kSql, "the namespace is missing"},
           {"a.b", "SELECT 1", "marker {s3_input_path}"},
           {"a.b", "SELEC '{s3_input_path}'", "query_sql: "},
           {"a.b", std::string(kSql) + "; SELECT 2", "query_sql: "}}) {
    EXPECT_EQ(Routes({"put", "in", "--table", table, "--sql", sql}), 1) << sql;
    EXPECT_THAT(err_, HasSubstr("route 'in': "));
    EXPECT_THAT(err_, HasSubstr(what));
    EXPECT_THAT(err_, HasSubstr("1 problem, nothing written"));
  }
  EXPECT_EQ(Routes({"list", "--json"}), 2);
  EXPECT_THAT(err_, HasSubstr("does not exist"));
}

TEST_F(RoutesCommandTest, PutNeedsATableAndOneSql) {
  EXPECT_EQ(Routes({"put", "in", "--sql", kSql}), 2);
  EXPECT_EQ(Routes({"put", "in", "--table", "a.b"}), 2);
  EXPECT_EQ(Routes({"put", "in", "--table", "a.b", "--sql", kSql, "--sql-file", "x.sql"}), 2);
  EXPECT_EQ(Routes({"put", "in", "--table", "a.b", "--sql-file", "nowhere.sql"}), 2);
  EXPECT_THAT(err_, HasSubstr("nowhere.sql"));
}

TEST_F(RoutesCommandTest, ImportWritesAllOrNothing) {
  ASSERT_EQ(Routes({"put", "c", "--table", "a.b", "--sql", kSql}), 0) << err_;
  const std::string good = std::string(R"(routes:
  - PartitionKey: b
    target_table: bronze.b
    query_sql: )") + kSql + "\n";
  Write("routes.yaml", good +
                           "  - PartitionKey: a\n"
                           "    target_table: bronze.a\n"
                           "    query_sql: SELEC '{s3_input_path}'\n");
  EXPECT_EQ(Routes({"import", "routes.yaml"}), 1);
  EXPECT_THAT(err_, HasSubstr("route 'a': query_sql: "));
  EXPECT_THAT(err_, HasSubstr("nothing written"));
  EXPECT_EQ(Routes({"get", "b"}), 1);
  Write("routes.yaml", good);
  EXPECT_EQ(Routes({"import", "routes.yaml"}), 0) << out_ << err_;
  EXPECT_THAT(out_, HasSubstr("1 route written"));
  EXPECT_EQ(Routes({"get", "b"}), 0);
  EXPECT_EQ(Routes({"import", "nowhere.yaml"}), 2);
}

TEST_F(RoutesCommandTest, ExportIsWhatImportReads) {
  const std::string sql = "SELECT 'it''s \"ñ\"' AS x\nFROM '{s3_input_path}'\n";
  Write("x.sql", sql);
  ASSERT_EQ(Routes({"put", "b*", "--table", "a.b", "--sql-file", "x.sql", "--create-table"}), 0);
  ASSERT_EQ(Routes({"put", "a", "--table", "a.b", "--sql", kSql}), 0);
  ASSERT_EQ(Routes({"put", "c", "--same-as", "a", "--priority", "3"}), 0) << err_;
  ASSERT_EQ(Routes({"export"}), 0);
  const std::string before = out_;
  for (const std::string name : {"written.yaml", "written.jsonl"}) {
    ASSERT_EQ(Routes({"export", name}), 0);
    EXPECT_THAT(out_, IsEmpty());
    for (const char* key : {"a", "b*", "c"}) ASSERT_EQ(Routes({"remove", key}), 0);
    ASSERT_EQ(Routes({"import", name}), 0) << name << out_ << err_;
    EXPECT_THAT(out_, HasSubstr("3 routes written"));
    ASSERT_EQ(Routes({"diff", name, "--prune"}), 0) << out_;
  }
  std::ostringstream written;
  written << std::ifstream(folder_ / "written.yaml").rdbuf();
  EXPECT_EQ(written.str(), before);
  ASSERT_EQ(Routes({"import", "written.yaml"}), 0);  // over routes of version 1
  ASSERT_EQ(Routes({"get", "c", "--json"}), 0);
  EXPECT_EQ(nlohmann::json::parse(out_)["version"], 2);
  EXPECT_EQ(nlohmann::json::parse(out_)["priority"], 3);
}

TEST_F(RoutesCommandTest, PutTakesEveryAttribute) {
  std::vector<std::string> arguments = {"put", "in", "--sql", kSql};
  std::istringstream flags(
      "--table|a.b|--disabled|--input|s3://ref/rates/|--input|ref.customers|"
      "--partition-by|days(ts)|--partition-by|bucket(16, id)|--sort-by|ts desc|"
      "--table-property|write.data.path=s3://lake/d=1|--location|s3://lake/t|"
      "--type|amount=DECIMAL(12,2)|--type|day=DATE '%d/%m/%Y'|--encoding|windows-1252|"
      "--priority|-2|--description|what it is for|--owner|ada|"
      "--memory-limit|512MB|--threads|2|--timeout-ms|60000|--commit-lag-ms|0|"
      "--after-load|move s3://archive/in|--after-failure|tag");
  for (std::string flag; std::getline(flags, flag, '|');) arguments.push_back(flag);
  ASSERT_EQ(Routes(arguments), 0) << err_;
  ASSERT_EQ(Routes({"get", "in", "--json"}), 0);
  nlohmann::json got = nlohmann::json::parse(out_);
  got.erase("updated_at");
  EXPECT_EQ(got, nlohmann::json::parse(R"json({"PartitionKey": "in", "target_table": "a.b",
      "query_sql": "SELECT * FROM read_csv('{s3_input_path}')", "create_table": false,
      "partition_by": ["day(ts)", "bucket(16, id)"], "sort_by": ["ts desc"],
      "table_properties": {"write.data.path": "s3://lake/d=1"}, "location": "s3://lake/t",
      "enabled": false, "inputs": ["s3://ref/rates/", "ref.customers"],
      "types": {"amount": "DECIMAL(12,2)", "day": "DATE '%d/%m/%Y'"},
      "encoding": "windows-1252",
      "engine": {"memory_limit": "500000KiB", "threads": 2, "timeout_ms": 60000},
      "commit": {"lag_ms": 0}, "after_load": "move s3://archive/in", "after_failure": "tag",
      "priority": -2, "description": "what it is for", "owner": "ada",
      "version": 1})json"));
}

TEST_F(RoutesCommandTest, PutTellsWhatIsWrongWithAnyAttribute) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> mistakes = {
      {{"--memory-limit", "much"}, "engine.memory_limit: not a size"},
      {{"--threads", "2000"},
       "engine.threads must be a whole number from 1 to 1024, not the "
       "number 2000"},
      {{"--timeout-ms", "0"}, "engine.timeout_ms must be"},
      {{"--commit-lag-ms", "-1"}, "commit.lag_ms must be"},
      {{"--after-load", "archive"}, "after_load is tag, delete, move PREFIX or copy PREFIX"},
      {{"--input", "https://x/y"}, "inputs[0] must be an s3:// or file:// URI"},
      {{"--type", "amount=MONEY"}, "types.amount: 'MONEY' is no type"},
      {{"--type", "day=DATE '%d/%m'"}, "types.day: the format '%d/%m' says no whole date"},
      {{"--encoding", "klingon"}, "encoding: 'klingon' is no encoding"},
      {{"--partition-by", "bucket(id)"}, "partition_by[0]: `bucket(id)`: bucket takes"},
      {{"--sort-by", "ts up"}, "sort_by[0]: `ts up`: `up` is not expected there"},
      {{"--location", "lake"}, "location: "},
      {{"--same-as", "other"}, "target_table must be absent where same_as gives that"},
  };
  for (const auto& [flags, what] : mistakes) {
    std::vector<std::string> arguments = {"put", "in", "--table", "a.b", "--sql", kSql};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    EXPECT_EQ(Routes(arguments), 1) << what;
    EXPECT_THAT(err_, HasSubstr("route 'in': " + what));
    EXPECT_THAT(err_, HasSubstr("nothing written"));
  }
  EXPECT_EQ(Routes({"put", "in", "--same-as", "nowhere"}), 1);
  EXPECT_THAT(err_, HasSubstr("'in' -> 'nowhere', and there is no such route"));
  EXPECT_EQ(Routes({"put", "in", "--same-as", "in"}), 1);
  EXPECT_THAT(err_, HasSubstr("same_as goes in a circle: 'in' -> 'in'"));
  EXPECT_EQ(Routes({"list", "--json"}), 0);
  EXPECT_THAT(out_, IsEmpty());
}

TEST_F(RoutesCommandTest, PatternsThatClaimTheSameKeysNeedAPriority) {
  ASSERT_EQ(Routes({"put", "a*", "--table", "a.b", "--sql", kSql}), 0);
  EXPECT_EQ(Routes({"put", "ab*", "--table", "a.b", "--sql", kSql}), 1);
  EXPECT_THAT(err_, HasSubstr("'a*' and 'ab*' claim the same keys"));
  EXPECT_THAT(err_, HasSubstr("give one a higher priority"));
  EXPECT_EQ(Routes({"put", "ab*", "--table", "a.b", "--sql", kSql, "--priority", "1"}), 0) << err_;
  EXPECT_EQ(Routes({"put", "*", "--same-as", "a*"}), 0) << err_;
  EXPECT_EQ(Routes({"check"}), 0) << out_;
}

TEST_F(RoutesCommandTest, CheckTellsWhatIsWrongBesideEachOther) {
  Write("routes.jsonl", R"({"PartitionKey": "x", "same_as": "y"}
{"PartitionKey": "y", "same_as": "x"}
{"PartitionKey": "z", "same_as": "gone"}
)");
  EXPECT_EQ(Routes({"import", "routes.jsonl"}), 1);
  EXPECT_THAT(err_, HasSubstr("same_as goes in a circle: 'x' -> 'y' -> 'x'"));
  EXPECT_THAT(err_, HasSubstr("'z' -> 'gone'"));
  EXPECT_THAT(err_, HasSubstr("2 problems, nothing written"));
  ASSERT_EQ(Routes({"put", "gone", "--table", "a.b", "--sql", kSql}), 0);
  ASSERT_EQ(Routes({"put", "z", "--same-as", "gone"}), 0) << err_;
  ASSERT_EQ(Routes({"remove", "gone"}), 0);
  EXPECT_EQ(Routes({"check"}), 1);
  EXPECT_THAT(out_, HasSubstr("route 'z': same_as: 'z' -> 'gone'"));
}

TEST_F(RoutesCommandTest, DisableAndEnableKeepAllElse) {
  ASSERT_EQ(Routes({"put", "in", "--table", "a.b", "--sql", kSql, "--owner", "ada"}), 0);
  ASSERT_EQ(Routes({"disable", "in"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("route 'in' disabled in routing table"));
  ASSERT_EQ(Routes({"get", "in", "--json"}), 0);
  nlohmann::json got = nlohmann::json::parse(out_);
  EXPECT_EQ(got["enabled"], false);
  EXPECT_EQ(got["owner"], "ada");
  EXPECT_EQ(got["version"], 2);
  ASSERT_EQ(Routes({"disable", "in"}), 0);
  EXPECT_THAT(out_, HasSubstr("is disabled already"));
  ASSERT_EQ(Routes({"enable", "in", "--json"}), 0);
  got = nlohmann::json::parse(out_);
  EXPECT_FALSE(got.contains("enabled"));
  EXPECT_EQ(got["version"], 3);
  EXPECT_EQ(Routes({"enable", "other"}), 1);
  EXPECT_THAT(err_, HasSubstr("no route with this PartitionKey"));
}

TEST_F(RoutesCommandTest, SchemaIsPrintedWithoutAConfiguration) {
  Write("eider.yaml", "nonsense: 1\n");
  ASSERT_EQ(Routes({"schema"}), 0) << err_;
  EXPECT_EQ(nlohmann::json::parse(out_)["$schema"], "http://json-schema.org/draft-07/schema#");
}

constexpr const char* kWanted = R"(routes:
  - {PartitionKey: new, target_table: a.new, query_sql: "FROM '{s3_input_path}'", enabled: false}
  - {PartitionKey: same, target_table: a.b, query_sql: "FROM '{s3_input_path}'"}
  - {PartitionKey: changed, target_table: a.c, query_sql: "FROM '{s3_input_path}'", priority: 2}
)";

class RoutesApplyTest : public RoutesCommandTest {
 protected:
  void SetUp() override {
    RoutesCommandTest::SetUp();
    Write("wanted.yaml", kWanted);
    for (const char* key : {"same", "changed", "old"}) {
      ASSERT_EQ(Routes({"put", key, "--table", "a.b", "--sql", "FROM '{s3_input_path}'"}), 0);
    }
  }
};

TEST_F(RoutesApplyTest, DiffTellsWhatApplyWouldDo) {
  EXPECT_EQ(Routes({"diff", "wanted.yaml"}), 1) << err_;
  EXPECT_EQ(out_,
            "+ new: a.new\n"
            "~ changed\n"
            "    target_table: \"a.b\" -> \"a.c\"\n"
            "    priority: (not set) -> 2\n"
            "1 new, 1 changed, 0 removed\n");
  EXPECT_EQ(Routes({"diff", "wanted.yaml", "--prune"}), 1);
  EXPECT_THAT(out_, HasSubstr("- old\n1 new, 1 changed, 1 removed\n"));
  EXPECT_EQ(Routes({"diff", "wanted.yaml", "--json"}), 1);
  std::istringstream lines(out_);
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(nlohmann::json::parse(line)["change"], "new");
  EXPECT_EQ(nlohmann::json::parse(line)["route"]["enabled"], false);
  std::getline(lines, line);
  EXPECT_EQ(nlohmann::json::parse(line)["differences"][1],
            nlohmann::json::parse(R"({"attribute": "priority", "old": null, "new": 2})"));
  std::getline(lines, line);
  EXPECT_EQ(nlohmann::json::parse(line),
            nlohmann::json::parse(R"({"summary": {"new": 1, "changed": 1, "removed": 0}})"));
}

TEST_F(RoutesApplyTest, ApplyMakesTheRoutesThoseOfTheFile) {
  ASSERT_EQ(Routes({"apply", "wanted.yaml", "--prune", "--yes"}), 0) << err_;
  EXPECT_THAT(out_, HasSubstr("3 changes written to routing table"));
  EXPECT_EQ(Routes({"diff", "wanted.yaml", "--prune"}), 0);
  EXPECT_EQ(out_, "no difference\n");
  EXPECT_EQ(Routes({"apply", "wanted.yaml", "--prune"}), 0);  // nothing to ask about
  EXPECT_EQ(Routes({"get", "old"}), 1);
  ASSERT_EQ(Routes({"get", "changed", "--json"}), 0);
  EXPECT_EQ(nlohmann::json::parse(out_)["version"], 2);
  ASSERT_EQ(Routes({"get", "same", "--json"}), 0);
  EXPECT_EQ(nlohmann::json::parse(out_)["version"], 1);
  ASSERT_EQ(Routes({"get", "new", "--json"}), 0);
  EXPECT_EQ(nlohmann::json::parse(out_)["version"], 1);
}

TEST_F(RoutesApplyTest, ApplyAsksWhereSomebodyCanAnswer) {
  EXPECT_EQ(Routes({"apply", "wanted.yaml"}), 2);
  EXPECT_THAT(out_, HasSubstr("+ new"));
  EXPECT_THAT(err_, HasSubstr("nobody to ask \"Write 2 changes to "));
  EXPECT_THAT(err_, HasSubstr("--yes"));
  EXPECT_EQ(Routes({"apply", "wanted.yaml", "--json"}, "y\n"), 2);
  for (const char* answer : {"n\n", "\n", "", "no\n"}) {
    EXPECT_EQ(Routes({"apply", "wanted.yaml"}, answer), 1) << answer;
    EXPECT_THAT(err_, HasSubstr("nothing written"));
  }
  EXPECT_EQ(Routes({"get", "new"}), 1);
  EXPECT_EQ(Routes({"apply", "wanted.yaml"}, "y\n"), 0) << err_;
  EXPECT_THAT(err_, HasSubstr("Write 2 changes to routing table"));
  EXPECT_EQ(Routes({"get", "new"}), 0);
}

TEST_F(RoutesApplyTest, WrongFileIsNeitherComparedNorWritten) {
  Write("wanted.yaml", std::string(kWanted) +
                           "  - {PartitionKey: bad, target_table: a.b, query_sql: \"SELEC "
                           "'{s3_input_path}'\"}\n");
  EXPECT_EQ(Routes({"diff", "wanted.yaml"}), 2);
  EXPECT_THAT(err_, HasSubstr("route 'bad': query_sql: "));
  EXPECT_EQ(Routes({"apply", "wanted.yaml", "--yes"}), 1);
  EXPECT_THAT(err_, HasSubstr("1 problem, nothing written"));
  EXPECT_EQ(Routes({"get", "new"}), 1);
  Write("wanted.yaml", "routes:\n  - {PartitionKey: in, same_as: old}\n");
  EXPECT_EQ(Routes({"diff", "wanted.yaml"}), 1) << err_;
  EXPECT_EQ(Routes({"diff", "wanted.yaml", "--prune"}), 2);
  EXPECT_THAT(err_, HasSubstr("'in' -> 'old', and there is no such route"));
  EXPECT_EQ(Routes({"diff", "nowhere.yaml"}), 2);
  EXPECT_THAT(err_, HasSubstr("nowhere.yaml"));
}

// Somebody else writes between the plan and the writing: while the question stands.
class AnswerAfter final : public std::stringbuf {
 public:
  explicit AnswerAfter(std::function<void()> meanwhile) : meanwhile_(std::move(meanwhile)) {}

 protected:
  int_type underflow() override {
    if (meanwhile_) {
      std::exchange(meanwhile_, {})();
      str("y\n");
    }
    return std::stringbuf::underflow();
  }

 private:
  std::function<void()> meanwhile_;
};

TEST_F(RoutesApplyTest, RouteThatSomebodyElseChangedStopsTheWriting) {
  AnswerAfter buffer([this] {
    ASSERT_EQ(Routes({"put", "changed", "--table", "a.theirs", "--sql", "FROM '{s3_input_path}'",
                      "--owner", "grace"}),
              0);
  });
  std::istream in(&buffer);
  std::ostringstream out;
  std::ostringstream err;
  Console console{in, out, err};
  console.in_is_terminal = true;
  EXPECT_EQ(Run({"apply", "wanted.yaml", "--prune"}, console), 1);
  EXPECT_THAT(err.str(), HasSubstr("the route 'changed' was changed: seen was version 1"));
  EXPECT_THAT(err.str(), HasSubstr("of the owner grace"));
  EXPECT_THAT(err.str(), HasSubstr("1 of 3 changes are written; see `eider routes diff`"));
  EXPECT_EQ(Routes({"get", "old"}), 0);  // it would have been the next
  ASSERT_EQ(Routes({"get", "changed", "--json"}), 0);
  EXPECT_EQ(nlohmann::json::parse(out_)["target_table"], "a.theirs");
}

TEST_F(RoutesCommandTest, FileOfRoutesIsEditedByHand) {
  Write("eider.yaml",
        "warehouse: wh\n"
        "catalog: { uri: 'sqlite:///catalog.db' }\n"
        "routing: { path: routes.yaml }\n"
        "ledger: { path: ledger.db }\n");
  Write("routes.yaml", "routes: []\n");
  EXPECT_EQ(Routes({"put", "in", "--table", "a.b", "--sql", kSql}), 2);
  EXPECT_THAT(err_, HasSubstr("edited by hand"));
  EXPECT_EQ(Routes({"enable", "in"}), 1);
  Write("wanted.yaml", kWanted);
  EXPECT_EQ(Routes({"apply", "wanted.yaml", "--yes"}), 2);
  EXPECT_THAT(err_, HasSubstr("edited by hand"));
  EXPECT_EQ(Routes({"check"}), 0);
  EXPECT_EQ(out_, "0 routes, all of them right\n");
}

}  // namespace
}  // namespace eider::app
