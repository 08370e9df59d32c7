// The routes commands as people type them, over a routing table that they can write.
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
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

  // Runs `eider routes ARGUMENTS` in the folder and keeps what it printed.
  int Routes(std::vector<std::string> arguments) {
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    Console console{in, out, err};
    arguments.insert(arguments.begin(), {"--config", "eider.yaml", "routes"});
    Process process;
    process.arguments = std::move(arguments);
    process.environment = [](std::string_view) -> std::optional<std::string> { return {}; };
    process.working_directory = folder_;
    const int exit_code = RunProgram(process, console);
    out_ = out.str();
    err_ = err.str();
    return exit_code;
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
  EXPECT_EQ(nlohmann::json::parse(out_), (nlohmann::json{{"PartitionKey", "in"},
                                                         {"target_table", "bronze.people"},
                                                         {"query_sql", kSql},
                                                         {"create_table", true}}));
  Write("people.sql", "SELECT id\nFROM '{s3_input_path}'\n");
  ASSERT_EQ(Routes({"put", "in", "--table", "silver.people", "--sql-file", "people.sql"}), 0)
      << out_ << err_;
  EXPECT_EQ(Routes({"get", "in"}), 0);
  EXPECT_THAT(out_, HasSubstr("target_table: \"silver.people\""));
  EXPECT_THAT(out_, HasSubstr("      SELECT id\n      FROM"));
  EXPECT_THAT(out_, Not(HasSubstr("create_table")));
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
  EXPECT_EQ(Routes({"list", "--json"}), 0);
  EXPECT_THAT(out_, IsEmpty());
}

TEST_F(RoutesCommandTest, PutNeedsATableAndOneSql) {
  EXPECT_EQ(Routes({"put", "in", "--sql", kSql}), 2);
  EXPECT_EQ(Routes({"put", "in", "--table", "a.b"}), 2);
  EXPECT_EQ(Routes({"put", "in", "--table", "a.b", "--sql", kSql, "--sql-file", "x.sql"}), 2);
  EXPECT_EQ(Routes({"put", "in", "--table", "a.b", "--sql-file", "nowhere.sql"}), 2);
  EXPECT_THAT(err_, HasSubstr("nowhere.sql"));
}

TEST_F(RoutesCommandTest, ImportWritesAllOrNothing) {
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
  ASSERT_EQ(Routes({"list", "--json"}), 0);
  const std::string before = out_;
  ASSERT_EQ(Routes({"export"}), 0);
  Write("exported.yaml", out_);
  const std::string exported = out_;
  ASSERT_EQ(Routes({"export", "written.yaml"}), 0);
  EXPECT_THAT(out_, IsEmpty());
  std::ostringstream written;
  written << std::ifstream(folder_ / "written.yaml").rdbuf();
  EXPECT_EQ(written.str(), exported);
  ASSERT_EQ(Routes({"remove", "a"}), 0);
  ASSERT_EQ(Routes({"remove", "b*"}), 0);
  ASSERT_EQ(Routes({"import", "exported.yaml"}), 0) << out_ << err_;
  ASSERT_EQ(Routes({"list", "--json"}), 0);
  EXPECT_EQ(out_, before);
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
  EXPECT_EQ(Routes({"check"}), 0);
  EXPECT_EQ(out_, "0 routes, all of them right\n");
}

}  // namespace
}  // namespace eider::app
