// What people write into files, variables and flags, and what they are told about it.
#include "eider/config/config.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/config/testing/config_fixture.h"

namespace eider::config {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

TEST_F(ConfigTest, ReadsEveryKeyOfTheFile) {
  const auto loaded = LoadText(kWhole);
  ASSERT_TRUE(loaded) << loaded.error().message;
  const Config& config = loaded->config;
  EXPECT_EQ(config.warehouse, "file:///lake");
  EXPECT_EQ(config.catalog.name, "lake");
  EXPECT_EQ(config.catalog.uri, "sqlite:////lake/catalog.db");
  EXPECT_EQ(config.routing.path, (folder_ / "routes.yaml").string());
  EXPECT_THAT(config.routing.strategies, ElementsAre("folder", "bucket"));
  EXPECT_EQ(config.ledger.path, "/lake/ledger.db");
  EXPECT_EQ(config.buckets.at("src-a"), "/data/a");
  EXPECT_EQ(config.buckets.at("src-b"), (folder_ / "b").string());
  EXPECT_EQ(config.engine.memory_limit_bytes, 512'000'000U);
  EXPECT_EQ(config.engine.threads, 3);
  EXPECT_EQ(config.engine.temp_directory, "/spill");
  EXPECT_EQ(config.commit.retry.num_retries, 4);
  EXPECT_EQ(config.commit.retry.min_wait.count(), 5);
  EXPECT_EQ(config.commit.retry.max_wait.count(), 6);
  EXPECT_EQ(config.commit.retry.total_timeout.count(), 7);
  EXPECT_EQ(config.commit.max_files, 8);
}

TEST_F(ConfigTest, FlagsOverEnvironmentOverFileOverDefaults) {
  variables_ = {{"EIDER_ENGINE_THREADS", "5"}, {"EIDER_COMMIT_NUM_RETRIES", "6"}};
  flags_ = {{"commit.num_retries", "7"}};
  const auto loaded = LoadText(kWhole);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->config.engine.threads, 5);
  EXPECT_EQ(loaded->config.commit.retry.num_retries, 7);
  EXPECT_EQ(Find(*loaded, "commit.num_retries").origin, "--commit-num-retries");
  EXPECT_EQ(Find(*loaded, "engine.threads").origin, "EIDER_ENGINE_THREADS");
  EXPECT_EQ(Find(*loaded, "engine.memory_limit").origin, "config.yaml:6");
  EXPECT_EQ(Find(*loaded, "aws.region").origin, "default");
}

TEST_F(ConfigTest, NeedsNoFile) {
  variables_ = {{"EIDER_WAREHOUSE", "wh"},
                {"EIDER_CATALOG_URI", "sqlite:///catalog.db"},
                {"EIDER_ROUTING_PATH", "routes.yaml"},
                {"EIDER_ROUTING_STRATEGIES", "folder:1, bucket"},
                {"EIDER_LEDGER_PATH", "ledger.db"},
                {"EIDER_BUCKETS", "a=x,b=/y"},
                {"AWS_REGION", "eu-west-1"}};
  const auto loaded = LoadFile(std::nullopt);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->config.warehouse, "file://" + (folder_ / "wh").string());
  EXPECT_EQ(loaded->config.catalog.uri, "sqlite:///" + (folder_ / "catalog.db").string());
  EXPECT_THAT(loaded->config.routing.strategies, ElementsAre("folder:1", "bucket"));
  EXPECT_EQ(loaded->config.buckets.at("a"), (folder_ / "x").string());
  EXPECT_EQ(loaded->config.aws_region, "eu-west-1");
}

TEST_F(ConfigTest, FindsTheFileByItsVariable) {
  std::ofstream(folder_ / "config.yaml") << kWhole;
  variables_ = {{"EIDER_CONFIG", "config.yaml"}};
  const auto loaded = LoadFile(std::nullopt);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->config.engine.threads, 3);
}

TEST_F(ConfigTest, TakesRelativePathsFromTheFilesFolder) {
  std::filesystem::create_directories(folder_ / "etc");
  std::ofstream(folder_ / "etc" / "eider.yaml") << kWhole;
  const auto loaded = LoadFile("etc/eider.yaml");
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->config.routing.path, (folder_ / "etc" / "routes.yaml").string());
}

TEST_F(ConfigTest, MissingFileIsNotFoundAndNamesWhoNamedIt) {
  const auto loaded = LoadFile("nowhere.yaml");
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, Code::kNotFound);
  EXPECT_THAT(loaded.error().message, HasSubstr("--config"));
  EXPECT_THAT(loaded.error().message, HasSubstr("nowhere.yaml"));
}

TEST_F(ConfigTest, UnknownKeyNamesFileLineAndNearestKey) {
  EXPECT_EQ(ErrorOf(std::string(kWhole) + "\nwharehouse: x\n"),
            "config.yaml:9: unknown key 'wharehouse'; did you mean 'warehouse'?");
  std::string text(kWhole);
  text.replace(text.find("num_retries"), 11, "num_retrys");
  EXPECT_EQ(ErrorOf(text),
            "config.yaml:7: unknown key 'commit.num_retrys'; did you mean 'commit.num_retries'?");
}

TEST_F(ConfigTest, UnknownKeyWithoutANearOneListsThemAll) {
  EXPECT_THAT(ErrorOf(std::string(kWhole) + "zzzzzzzzzzzzzzzzzz: x\n"),
              HasSubstr("known are: warehouse, catalog.name"));
}

TEST_F(ConfigTest, TellsAllProblemsAtOnceOneLineEach) {
  const std::string error = ErrorOf(
      "warehose: file:///lake\n"
      "catalog: { type: hive }\n"
      "commit: { num_retries: many, min_wait_ms: 7, min_wait_ms: 8 }\n"
      "engine: { memory_limit: 2Gigs }\n"
      "ledger: [a]\n");
  EXPECT_THAT(error, HasSubstr("config.yaml:1: unknown key 'warehose'; did you mean 'warehouse'?"));
  EXPECT_THAT(error,
              HasSubstr("config.yaml:2: catalog.type must be one of sql, glue, rest: 'hive'"));
  EXPECT_THAT(error, HasSubstr("config.yaml:3: commit.num_retries must be a whole number from 0 "
                               "to 1000000: 'many'"));
  EXPECT_THAT(error,
              HasSubstr("config.yaml:3: commit.min_wait_ms is named twice, first in line 3"));
  EXPECT_THAT(error, HasSubstr("config.yaml:4: engine.memory_limit unknown unit 'Gigs'"));
  EXPECT_THAT(error, HasSubstr("config.yaml:5: ledger must hold `key: value` pairs, not a list"));
  EXPECT_THAT(error, HasSubstr("catalog.uri is not set: set it in config.yaml, by "
                               "EIDER_CATALOG_URI or by --catalog-uri"));
}

TEST_F(ConfigTest, RequiredSettingsNameTheirVariableAndFlag) {
  const auto loaded = LoadFile(std::nullopt);
  ASSERT_FALSE(loaded);
  for (const std::string line :
       {"warehouse is not set: set it in the file that --config names, by EIDER_WAREHOUSE or by "
        "--warehouse",
        "routing.path is not set", "ledger.path is not set"}) {
    EXPECT_THAT(loaded.error().message, HasSubstr(line));
  }
}

TEST_F(ConfigTest, RefusesWhatThisVersionDoesNotHave) {
  for (const auto& [name, value, possible] :
       std::vector<std::tuple<std::string, std::string, std::string>>{
           {"catalog.type", "hive", "sql, glue, rest"},
           {"routing.store", "redis", "file, sqlite, postgres, dynamodb, snapshot"},
           {"routing.unrouted", "reject", "default, fail, skip"},
           {"routing.unrouted_values", "skip", "default, fail, reject"},
           {"routing.column_values_max", "0", "from 1 to 100000"},
           {"ledger.type", "mysql", "sqlite, postgres, dynamodb, none"},
           {"catalog.uri", "mysql://u:hush@host/db", "postgresql://user@host/database"},
           {"warehouse", "gs://bucket/prefix", "s3://bucket/prefix"}}) {
    flags_ = {{name, value}};
    const std::string error = ErrorOf(kWhole);
    EXPECT_THAT(error, HasSubstr(possible)) << name;
    EXPECT_THAT(error, Not(HasSubstr("hush")));
  }
}

constexpr std::string_view kRest = R"(warehouse: file:///lake
catalog: { uri: "https://host/ice/", credential: "id:hush", rest.sigv4-enabled: false,
           header.X-Team: hush, oauth2-server-uri: "https://login/token" }
routing: { store: file, path: routes.yaml }
ledger:  { type: none }
)";

TEST_F(ConfigTest, PropertiesOfARestCatalogAreCalledAsJavaAndPyIcebergCallThem) {
  variables_ = {{"EIDER_CATALOG__OAUTH2_SERVER_URI", "https://other/token"},
                {"EIDER_CATALOG__REST__SIGNING_REGION", "eu-west-1"},
                {"EIDER_CATALOG__HEADER__X_KEY", "hush"},
                {"EIDER_CATALOG__WAREHOUSE", "demo"}};
  const auto loaded = LoadText(kRest);
  ASSERT_TRUE(loaded) << loaded.error().message;
  const Config::Catalog& catalog = loaded->config.catalog;
  EXPECT_EQ(catalog.type, CatalogType::kRest);
  EXPECT_EQ(catalog.uri, "https://host/ice");
  EXPECT_THAT(catalog.properties,
              UnorderedElementsAre(
                  Pair("credential", "id:hush"), Pair("rest.sigv4-enabled", "false"),
                  Pair("header.X-Team", "hush"), Pair("oauth2-server-uri", "https://other/token"),
                  Pair("rest.signing-region", "eu-west-1"), Pair("header.x-key", "hush"),
                  Pair("warehouse", "demo")));
  EXPECT_EQ(Find(*loaded, "catalog.oauth2-server-uri").value, "https://other/token");
  EXPECT_EQ(Find(*loaded, "catalog.oauth2-server-uri").origin, "EIDER_CATALOG__OAUTH2_SERVER_URI");
  EXPECT_EQ(Find(*loaded, "catalog.credential").origin, "config.yaml:2");
  for (const Setting& setting : loaded->settings) {
    EXPECT_THAT(setting.value, Not(HasSubstr("hush"))) << setting.name;
  }
}

TEST_F(ConfigTest, ARestCatalogNeedsNoWarehouseAndTheUriOfAServer) {
  variables_ = {{"EIDER_CATALOG__URI", "http://127.0.0.1:8181"},
                {"EIDER_CATALOG__TYPE", "rest"},
                {"EIDER_ROUTING_PATH", "routes.yaml"},
                {"EIDER_LEDGER_TYPE", "none"}};
  EXPECT_TRUE(LoadFile(std::nullopt));
  variables_["EIDER_CATALOG__URI"] = "sqlite:////c.db";
  EXPECT_EQ(LoadFile(std::nullopt).error().message,
            "EIDER_CATALOG__URI: catalog.uri must be a server, https://host/path, where "
            "catalog.type is rest: 'sqlite:////c.db'");
}

TEST_F(ConfigTest, APropertyThatIsNoneOrOfAnotherCatalogIsTold) {
  EXPECT_THAT(ErrorOf("catalog: { type: rest, uri: 'https://h', credentail: x }\n"),
              HasSubstr("config.yaml:1: unknown key 'catalog.credentail'; did you mean "
                        "'catalog.credential'?"));
  variables_ = {{"EIDER_CATALOG__TOKN", "x"}};
  EXPECT_THAT(ErrorOf(kRest), HasSubstr("did you mean 'catalog.token'?"));
  variables_ = {{"EIDER_CATALOG__TOKEN", "hush"}};
  const std::string error = ErrorOf(kWhole);
  EXPECT_THAT(error, HasSubstr("EIDER_CATALOG__TOKEN: catalog.token is of catalog.type rest, and "
                               "the type is sql"));
  EXPECT_THAT(error, Not(HasSubstr("hush")));
}

TEST_F(ConfigTest, TableNamesAloneMeanDynamoDb) {
  variables_ = {{"EIDER_WAREHOUSE", "s3://lake/w"},
                {"EIDER_CATALOG_URI", "sqlite:////catalog.db"},
                {"EIDER_ROUTING_TABLE", "routes"},
                {"EIDER_LEDGER_TABLE", "loads"}};
  const auto loaded = LoadFile(std::nullopt);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_THAT(loaded->config.routing.stores, ElementsAre(RouteStoreKind::kDynamoDb));
  EXPECT_EQ(loaded->config.ledger.type, LedgerType::kDynamoDb);
  EXPECT_EQ(loaded->config.catalog.type, CatalogType::kSql);
}

TEST_F(ConfigTest, StoresOfRoutesAreAListInTheOrderOfTrust) {
  std::string text(kWhole);
  text.replace(text.find("store: file"), 11, "store: [sqlite, snapshot], snapshot: copy");
  auto loaded = LoadText(text);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_THAT(loaded->config.routing.stores,
              ElementsAre(RouteStoreKind::kSqlite, RouteStoreKind::kSnapshot));
  EXPECT_EQ(loaded->config.routing.snapshot, "file://" + (folder_ / "copy").string());
  variables_ = {{"EIDER_ROUTING_STORE", "dynamodb, snapshot"},
                {"EIDER_ROUTING_TABLE", "routes"},
                {"EIDER_ROUTING_SNAPSHOT", "s3://lake/routes.snapshot"},
                {"EIDER_ROUTING_STALE_MAX_MS", "7"}};
  loaded = LoadText(kWhole);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_THAT(loaded->config.routing.stores,
              ElementsAre(RouteStoreKind::kDynamoDb, RouteStoreKind::kSnapshot));
  EXPECT_EQ(loaded->config.routing.snapshot, "s3://lake/routes.snapshot");
  EXPECT_EQ(loaded->config.routing.stale_max.count(), 7);
  EXPECT_EQ(Find(*loaded, "routing.store").value, "dynamodb,snapshot");
}

TEST_F(ConfigTest, ASnapshotThatIsNamedIsTheLastStore) {
  variables_ = {{"EIDER_WAREHOUSE", "s3://lake/w"},
                {"EIDER_CATALOG_URI", "sqlite:////catalog.db"},
                {"EIDER_LEDGER_TABLE", "loads"},
                {"EIDER_ROUTING_SNAPSHOT", "s3://lake/routes.snapshot"}};
  auto loaded = LoadFile(std::nullopt);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_THAT(loaded->config.routing.stores, ElementsAre(RouteStoreKind::kSnapshot));
  variables_["EIDER_ROUTING_TABLE"] = "routes";
  loaded = LoadFile(std::nullopt);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_THAT(loaded->config.routing.stores,
              ElementsAre(RouteStoreKind::kDynamoDb, RouteStoreKind::kSnapshot));
}

TEST_F(ConfigTest, RefusesOrdersOfStoresThatMakeNoSense) {
  for (const auto& [value, told] : std::vector<std::pair<std::string, std::string>>{
           {"dynamo,snapshot", "has the unknown store 'dynamo'; did you mean 'dynamodb'?"},
           {"dynamodb,dynamodb", "names a store twice: 'dynamodb'"},
           {"snapshot,dynamodb", "must have snapshot as the last one"},
           {"file,sqlite", "there is one routing.path: 'file,sqlite'"},
           {",", "must name at least one store"},
           {"file,snapshot",
            "routing.snapshot is not set: set it in config.yaml, by "
            "EIDER_ROUTING_SNAPSHOT or by --routing-snapshot"},
           {"dynamodb,file", "routing.table is not set"}}) {
    flags_ = {{"routing.store", value}};
    EXPECT_THAT(ErrorOf(kWhole), HasSubstr(told)) << value;
  }
}

TEST_F(ConfigTest, RefusesSnapshotsThatAreNoObjectAndTimesThatAreNone) {
  for (const auto& [name, value, told] :
       std::vector<std::tuple<std::string, std::string, std::string>>{
           {"routing.snapshot", "s3://lake/routes/", "must be an object, not a prefix"},
           {"routing.snapshot", "s3://lake", "must be an object such as s3://bucket/"},
           {"routing.snapshot", "gs://lake/x", "must be an object such as s3://bucket/"},
           {"routing.timeout_ms", "0", "must be a whole number from 1"},
           {"routing.cache_ttl_ms", "-1", "must be a whole number from 0"}}) {
    flags_ = {{name, value}};
    EXPECT_THAT(ErrorOf(kWhole), HasSubstr(told)) << name << " " << value;
  }
}

TEST_F(ConfigTest, InLambdaTheRoutingTablesNameIsEnough) {
  variables_ = {{"EIDER_ROUTING_TABLE", "routes"},
                {"AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001"},
                {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "3538"}};
  const auto loaded = LoadFile(std::nullopt);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->config.catalog.type, CatalogType::kGlue);
  EXPECT_THAT(loaded->config.routing.stores, ElementsAre(RouteStoreKind::kDynamoDb));
  EXPECT_EQ(loaded->config.ledger.type, LedgerType::kNone);
  EXPECT_EQ(loaded->config.engine.memory_limit_bytes, 1769U << 20U);
  EXPECT_EQ(Find(*loaded, "engine.memory_limit").origin, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE");
  EXPECT_EQ(loaded->config.engine.process_memory_limit_bytes, 3538ULL << 20U);
  EXPECT_EQ(loaded->config.engine.threads, 2);
}

TEST_F(ConfigTest, WhatIsSetInLambdaStays) {
  variables_ = {{"AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001"},
                {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "10240"}};
  const auto loaded = LoadText(kWhole);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->config.catalog.type, CatalogType::kSql);
  EXPECT_EQ(loaded->config.ledger.type, LedgerType::kSqlite);
  EXPECT_EQ(loaded->config.engine.memory_limit_bytes, 512'000'000U);
  EXPECT_EQ(loaded->config.engine.threads, 3);
}

TEST_F(ConfigTest, StrategiesOfAListStandAsTheyAre) {
  std::string text(kWhole);
  text.replace(text.find("[folder, bucket]"), 16,
               R"(['key-regex:^(?P<key>a{2,3})/', "object-tag:a, b", 'column:x(y', bucket])");
  const auto loaded = LoadText(text);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_THAT(
      loaded->config.routing.strategies,
      ElementsAre("key-regex:^(?P<key>a{2,3})/", "object-tag:a, b", "column:x(y", "bucket"));
}

TEST_F(ConfigTest, StrategiesOfOneLineMayHoldPatterns) {
  variables_ = {{"EIDER_ROUTING_STRATEGIES", "key-regex:^(?P<key>a{2,3})/,bucket"}};
  const auto loaded = LoadText(kWhole);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_THAT(loaded->config.routing.strategies,
              ElementsAre("key-regex:^(?P<key>a{2,3})/", "bucket"));
  EXPECT_EQ(Find(*loaded, "routing.strategies").value, "key-regex:^(?P<key>a{2,3})/,bucket");
}

TEST_F(ConfigTest, RefusesStrategiesThatAreNone) {
  std::string text(kWhole);
  text.replace(text.find("[folder, bucket]"), 16, "[]");
  EXPECT_THAT(ErrorOf(text), HasSubstr("config.yaml:3: routing.strategies must name at least one"));
  text.replace(text.find("strategies: []"), 14, "strategies: [[a]]");
  EXPECT_THAT(ErrorOf(text), HasSubstr("must hold plain values, not a list"));
  flags_ = {{"routing.strategies", "key-regex:(?P<key>a,bucket"}};
  EXPECT_THAT(ErrorOf(kWhole), HasSubstr("--routing-strategies: routing.strategies has a '('"));
}

TEST_F(ConfigTest, ReadsWhatBecomesOfTheUnrouted) {
  variables_ = {{"EIDER_ROUTING_UNROUTED", "skip"},
                {"EIDER_ROUTING_UNROUTED_VALUES", "reject"},
                {"EIDER_ROUTING_REJECTS_TABLE", "ops.rejects"},
                {"EIDER_ROUTING_COLUMN_VALUES_MAX", "7"}};
  const auto loaded = LoadText(kWhole);
  ASSERT_TRUE(loaded) << loaded.error().message;
  const Config::Routing& routing = loaded->config.routing;
  EXPECT_EQ(routing.unrouted, Unrouted::kSkip);
  EXPECT_EQ(routing.unrouted_values, UnroutedValues::kReject);
  EXPECT_EQ(routing.rejects_table, "ops.rejects");
  EXPECT_EQ(routing.column_values_max, 7);
}

TEST_F(ConfigTest, UnroutedAsksForTheDefaultRouteUnlessToldOtherwise) {
  const auto loaded = LoadText(kWhole);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->config.routing.unrouted, Unrouted::kDefault);
  EXPECT_EQ(loaded->config.routing.unrouted_values, UnroutedValues::kDefault);
  EXPECT_EQ(loaded->config.routing.column_values_max, 1000);
}

TEST_F(ConfigTest, RejectsNeedATable) {
  variables_ = {{"EIDER_ROUTING_UNROUTED_VALUES", "reject"}};
  EXPECT_EQ(ErrorOf(kWhole),
            "routing.rejects_table is not set: set it in config.yaml, by "
            "EIDER_ROUTING_REJECTS_TABLE or by --routing-rejects-table");
}

TEST_F(ConfigTest, WarehouseMayLieInALocalBucket) {
  flags_ = {{"warehouse", "s3://src-a/lake/"}};
  const auto loaded = LoadText(kWhole);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->config.warehouse, "s3://src-a/lake");
}

TEST_F(ConfigTest, RefusesBadBuckets) {
  std::string text(kWhole);
  text.replace(text.find("src-b: b"), 8, "src-a: b");
  EXPECT_THAT(ErrorOf(text), HasSubstr("a bucket is named twice: 'src-a'"));
  text.replace(text.find("src-a: b"), 8, "src-c: /data/a");
  EXPECT_THAT(ErrorOf(text), HasSubstr("cannot share a folder"));
  text.replace(text.find("src-c: /data/a"), 14, "src-c: [x]");
  EXPECT_THAT(ErrorOf(text), HasSubstr("bucket 'src-c': must hold plain values, not a list"));
}

TEST_F(ConfigTest, KeepsWordsThatYamlCallsBooleansAsText) {
  std::string text(kWhole);
  text.replace(text.find("src-b: b"), 8, "on: yes, 2024: 007");
  const auto loaded = LoadText(text);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->config.buckets.at("on"), (folder_ / "yes").string());
  EXPECT_EQ(loaded->config.buckets.at("2024"), (folder_ / "007").string());
}

TEST_F(ConfigTest, FindsMisspeltVariablesButLeavesOthersAlone) {
  variables_ = {{"EIDER_CACHE", "/x"}, {"EIDER_BIN", "/y"}, {"EIDER_JARS", "/z"}};
  EXPECT_TRUE(LoadText(kWhole));
  variables_ = {{"EIDER_WAREHUOSE", "/x"}};
  EXPECT_EQ(ErrorOf(kWhole),
            "environment: unknown variable 'EIDER_WAREHUOSE'; did you mean 'EIDER_WAREHOUSE'?");
  variables_ = {{"EIDER_COMMIT_RETRIES", "3"}};
  EXPECT_EQ(ErrorOf(kWhole),
            "environment: unknown variable 'EIDER_COMMIT_RETRIES'; did you mean "
            "'EIDER_COMMIT_NUM_RETRIES'?");
}

TEST_F(ConfigTest, EmptyVariableIsNotSet) {
  variables_ = {{"EIDER_ENGINE_THREADS", ""}};
  const auto loaded = LoadText(kWhole);
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->config.engine.threads, 3);
}

TEST_F(ConfigTest, BrokenYamlNamesLineAndColumn) {
  EXPECT_THAT(ErrorOf("warehouse: a\ncatalog: {name: [}\n"), HasSubstr("config.yaml:2:"));
  EXPECT_THAT(ErrorOf("- a\n- b\n"), HasSubstr("config.yaml:1: must hold `key: value` lines"));
  EXPECT_THAT(ErrorOf("a: 1\n---\nb: 2\n"), HasSubstr("second YAML document"));
}

TEST_F(ConfigTest, MinimumWaitIsNotMoreThanTheMaximum) {
  flags_ = {{"commit.min_wait_ms", "9"}};
  EXPECT_THAT(ErrorOf(kWhole), HasSubstr("commit.min_wait_ms must not be more than"));
}

}  // namespace
}  // namespace eider::config
