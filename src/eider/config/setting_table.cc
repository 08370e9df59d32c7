// The table of settings.
#include "eider/config/setting_table.h"

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eider/base/result.h"
#include "eider/config/config.h"
#include "eider/config/setting_value.h"

namespace eider::config {
namespace {

constexpr auto kOptional = [](const Config& /*config*/) { return false; };

template <typename T>
Status Assign(T& place, Result<T> value) {
  EIDER_ASSIGN(place, std::move(value));
  return {};
}

constexpr std::array kTable = {
    SettingSpec{
        "warehouse", "EIDER_WAREHOUSE", "--warehouse", "URI",
        "Where new tables go: file:///folder or s3://bucket/prefix",
        [](const Config& c) { return c.catalog.type != "glue"; },
        [](Config& c, const SettingText& in) { return Assign(c.warehouse, ParseWarehouse(in)); },
        [](const Config& c) { return PrintValue(c.warehouse); }},
    SettingSpec{
        "catalog.name", "EIDER_CATALOG_NAME", "--catalog-name", "NAME",
        "The catalog's name, a column of the SQL catalog: the same in all programs", kOptional,
        [](Config& c, const SettingText& in) { return Assign(c.catalog.name, ParseWord(in)); },
        [](const Config& c) { return PrintValue(c.catalog.name); }},
    SettingSpec{"catalog.type", "EIDER_CATALOG_TYPE", "--catalog-type", "TYPE",
                "Kind of catalog: sql, glue", kOptional,
                [](Config& c, const SettingText& in) {
                  return Assign(c.catalog.type, ParseCatalogType(in));
                },
                [](const Config& c) { return PrintValue(c.catalog.type); }},
    SettingSpec{
        "catalog.uri", "EIDER_CATALOG_URI", "--catalog-uri", "URI",
        "The catalog's database: sqlite:////folder/catalog.db",
        [](const Config& c) { return c.catalog.type == "sql"; },
        [](Config& c, const SettingText& in) { return Assign(c.catalog.uri, ParseCatalogUri(in)); },
        [](const Config& c) { return PrintValue(c.catalog.uri); }},
    SettingSpec{"routing.store", "EIDER_ROUTING_STORE", "--routing-store", "STORE",
                "Kind of routing table: file, sqlite, dynamodb", kOptional,
                [](Config& c, const SettingText& in) {
                  return Assign(c.routing.store, ParseRoutingStore(in));
                },
                [](const Config& c) { return PrintValue(c.routing.store); }},
    SettingSpec{
        "routing.path", "EIDER_ROUTING_PATH", "--routing-path", "FILE",
        "The routes: a YAML file, or with store sqlite a database",
        [](const Config& c) { return c.routing.store != "dynamodb"; },
        [](Config& c, const SettingText& in) { return Assign(c.routing.path, ParsePath(in)); },
        [](const Config& c) { return PrintValue(c.routing.path); }},
    SettingSpec{
        "routing.table", "EIDER_ROUTING_TABLE", "--routing-table", "NAME",
        "The routing table's name in DynamoDB",
        [](const Config& c) { return c.routing.store == "dynamodb"; },
        [](Config& c, const SettingText& in) { return Assign(c.routing.table, ParseWord(in)); },
        [](const Config& c) { return PrintValue(c.routing.table); }},
    SettingSpec{"routing.strategies", "EIDER_ROUTING_STRATEGIES", "--routing-strategies", "LIST",
                "What gives the routing key, tried in order: bucket, folder, folder:N", kOptional,
                [](Config& c, const SettingText& in) {
                  return Assign(c.routing.strategies, ParseStrategies(in));
                },
                [](const Config& c) { return PrintValue(c.routing.strategies); }},
    SettingSpec{
        "ledger.type", "EIDER_LEDGER_TYPE", "--ledger-type", "TYPE",
        "Kind of ledger: sqlite, dynamodb, none", kOptional,
        [](Config& c, const SettingText& in) { return Assign(c.ledger.type, ParseLedgerType(in)); },
        [](const Config& c) { return PrintValue(c.ledger.type); }},
    SettingSpec{
        "ledger.path", "EIDER_LEDGER_PATH", "--ledger-path", "FILE",
        "The SQLite file that remembers what is loaded",
        [](const Config& c) { return c.ledger.type == "sqlite"; },
        [](Config& c, const SettingText& in) { return Assign(c.ledger.path, ParsePath(in)); },
        [](const Config& c) { return PrintValue(c.ledger.path); }},
    SettingSpec{
        "ledger.table", "EIDER_LEDGER_TABLE", "--ledger-table", "NAME",
        "The DynamoDB table that remembers what is loaded",
        [](const Config& c) { return c.ledger.type == "dynamodb"; },
        [](Config& c, const SettingText& in) { return Assign(c.ledger.table, ParseWord(in)); },
        [](const Config& c) { return PrintValue(c.ledger.table); }},
    SettingSpec{"ledger.keep_days", "EIDER_LEDGER_KEEP_DAYS", "--ledger-keep-days", "DAYS",
                "Days until DynamoDB may forget a file that is loaded; 0: never", kOptional,
                [](Config& c, const SettingText& in) {
                  return Assign(c.ledger.keep_days, ParseInt(in, 0, 36'500));
                },
                [](const Config& c) { return PrintValue(c.ledger.keep_days); }},
    SettingSpec{
        "buckets", "EIDER_BUCKETS", "--buckets", "NAME=FOLDER,..",
        "Local folders that stand for buckets: s3://NAME/x is FOLDER/x", kOptional,
        [](Config& c, const SettingText& in) { return Assign(c.buckets, ParseBuckets(in)); },
        [](const Config& c) { return PrintValue(c.buckets); }},
    SettingSpec{"engine.memory_limit", "EIDER_ENGINE_MEMORY_LIMIT", "--engine-memory-limit", "SIZE",
                "Memory for queries, such as 2GiB; more spills to disk", kOptional,
                [](Config& c, const SettingText& in) {
                  return Assign(c.engine.memory_limit_bytes, ParseMemoryLimit(in));
                },
                [](const Config& c) { return PrintValue(c.engine.memory_limit_bytes); }},
    SettingSpec{"engine.threads", "EIDER_ENGINE_THREADS", "--engine-threads", "N",
                "Threads for queries", kOptional,
                [](Config& c, const SettingText& in) {
                  return Assign(c.engine.threads, ParseInt(in, 1, 1024));
                },
                [](const Config& c) { return PrintValue(c.engine.threads); }},
    SettingSpec{"engine.temp_directory", "EIDER_ENGINE_TEMP_DIRECTORY", "--engine-temp-directory",
                "FOLDER", "Where queries spill to", kOptional,
                [](Config& c, const SettingText& in) {
                  return Assign(c.engine.temp_directory, ParsePath(in));
                },
                [](const Config& c) { return PrintValue(c.engine.temp_directory); }},
    SettingSpec{"commit.num_retries", "EIDER_COMMIT_NUM_RETRIES", "--commit-num-retries", "N",
                "Attempts after the first when other writers are faster", kOptional,
                [](Config& c, const SettingText& in) {
                  return Assign(c.commit.retry.num_retries, ParseInt(in, 0, 1'000'000));
                },
                [](const Config& c) { return PrintValue(c.commit.retry.num_retries); }},
    SettingSpec{"commit.min_wait_ms", "EIDER_COMMIT_MIN_WAIT_MS", "--commit-min-wait-ms", "MS",
                "Longest wait before the first retry; doubles from there", kOptional,
                [](Config& c, const SettingText& in) {
                  return Assign(c.commit.retry.min_wait, ParseMilliseconds(in));
                },
                [](const Config& c) { return PrintValue(c.commit.retry.min_wait); }},
    SettingSpec{"commit.max_wait_ms", "EIDER_COMMIT_MAX_WAIT_MS", "--commit-max-wait-ms", "MS",
                "Longest wait before any retry", kOptional,
                [](Config& c, const SettingText& in) {
                  return Assign(c.commit.retry.max_wait, ParseMilliseconds(in));
                },
                [](const Config& c) { return PrintValue(c.commit.retry.max_wait); }},
    SettingSpec{"commit.total_timeout_ms", "EIDER_COMMIT_TOTAL_TIMEOUT_MS",
                "--commit-total-timeout-ms", "MS", "No retry begins after this time", kOptional,
                [](Config& c, const SettingText& in) {
                  return Assign(c.commit.retry.total_timeout, ParseMilliseconds(in));
                },
                [](const Config& c) { return PrintValue(c.commit.retry.total_timeout); }},
    SettingSpec{"commit.max_files", "EIDER_COMMIT_MAX_FILES", "--commit-max-files", "N",
                "Files of one call that share a commit to the same table", kOptional,
                [](Config& c, const SettingText& in) {
                  return Assign(c.commit.max_files, ParseInt(in, 1, 100'000));
                },
                [](const Config& c) { return PrintValue(c.commit.max_files); }},
    SettingSpec{
        "aws.region", "AWS_REGION", "--aws-region", "REGION", "The AWS region", kOptional,
        [](Config& c, const SettingText& in) { return Assign(c.aws_region, ParseWord(in)); },
        [](const Config& c) { return PrintValue(c.aws_region); }},
};

}  // namespace

std::span<const SettingSpec> SettingTable() {
  return kTable;
}

const SettingSpec* FindSetting(std::string_view name) {
  const auto table = SettingTable();
  const auto found = std::ranges::find(table, name, &SettingSpec::name);
  return found == table.end() ? nullptr : &*found;
}

std::vector<std::string_view> SettingNames() {
  std::vector<std::string_view> names;
  for (const SettingSpec& setting : SettingTable()) names.push_back(setting.name);
  return names;
}

}  // namespace eider::config
