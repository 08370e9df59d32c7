// The table of settings.
#include "eider/config/setting_table.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "eider/base/result.h"
#include "eider/config/config.h"
#include "eider/config/notify_target.h"
#include "eider/config/plugin_program.h"
#include "eider/config/secret_mask.h"
#include "eider/config/setting_value.h"

namespace eider::config {
namespace {

constexpr auto kOptional = [](const Config& /*config*/) { return false; };

bool HasStore(const Config& config, RouteStoreKind store) {
  return std::ranges::find(config.routing.stores, store) != config.routing.stores.end();
}

template <typename T>
Status Assign(T& place, Result<T> value) {
  EIDER_ASSIGN(place, std::move(value));
  return {};
}

constexpr std::array kTable = {
    SettingSpec{
        "warehouse", "EIDER_WAREHOUSE", "--warehouse", "URI",
        "Where new tables go: file:///folder or s3://bucket/prefix",
        [](const Config& c) { return c.catalog.type == CatalogType::kSql; },
        [](Config& c, const SettingText& in) { return Assign(c.warehouse, ParseWarehouse(in)); },
        [](const Config& c) { return PrintValue(c.warehouse); }},
    SettingSpec{
        "catalog.name", "EIDER_CATALOG_NAME", "--catalog-name", "NAME",
        "The catalog's name, a column of the SQL catalog: the same in all programs", kOptional,
        [](Config& c, const SettingText& in) { return Assign(c.catalog.name, ParseWord(in)); },
        [](const Config& c) { return PrintValue(c.catalog.name); }},
    SettingSpec{"catalog.type", "EIDER_CATALOG_TYPE", "--catalog-type", "TYPE",
                "Kind of catalog: sql, glue, rest", kOptional,
                [](Config& c, const SettingText& in) {
                  return Assign(c.catalog.type, ParseKind<CatalogType>(in));
                },
                [](const Config& c) { return PrintValue(c.catalog.type); }},
    SettingSpec{
        "catalog.uri", "EIDER_CATALOG_URI", "--catalog-uri", "URI",
        "The catalog's database, sqlite:////folder/catalog.db or postgresql://host/database, or "
        "its "
        "REST server, https://host/path",
        [](const Config& c) { return c.catalog.type != CatalogType::kGlue; },
        [](Config& c, const SettingText& in) { return Assign(c.catalog.uri, ParseCatalogUri(in)); },
        [](const Config& c) { return PrintValue(c.catalog.uri); }},
    SettingSpec{"routing.store", "EIDER_ROUTING_STORE", "--routing-store", "LIST",
                "Where routes are, in the order in which it is asked: file, sqlite, postgres, "
                "dynamodb, snapshot",
                kOptional,
                [](Config& c, const SettingText& in) {
                  return Assign(c.routing.stores, ParseRoutingStores(in));
                },
                [](const Config& c) { return PrintValue(c.routing.stores); }, true},
    SettingSpec{
        "routing.path", "EIDER_ROUTING_PATH", "--routing-path", "FILE",
        "The routes: a YAML file, or with store sqlite a database",
        [](const Config& c) {
          return HasStore(c, RouteStoreKind::kFile) || HasStore(c, RouteStoreKind::kSqlite);
        },
        [](Config& c, const SettingText& in) { return Assign(c.routing.path, ParsePath(in)); },
        [](const Config& c) { return PrintValue(c.routing.path); }},
    SettingSpec{"routing.uri", "EIDER_ROUTING_URI", "--routing-uri", "URI",
                "The PostgreSQL database of the routes: postgresql://host/database",
                [](const Config& c) { return HasStore(c, RouteStoreKind::kPostgres); },
                [](Config& c, const SettingText& in) {
                  return Assign(c.routing.uri, ParsePostgresUri(in));
                },
                [](const Config& c) { return PrintValue(c.routing.uri); }},
    SettingSpec{
        "routing.table", "EIDER_ROUTING_TABLE", "--routing-table", "NAME",
        "The routing table's name in DynamoDB",
        [](const Config& c) { return HasStore(c, RouteStoreKind::kDynamoDb); },
        [](Config& c, const SettingText& in) { return Assign(c.routing.table, ParseWord(in)); },
        [](const Config& c) { return PrintValue(c.routing.table); }},
    SettingSpec{"routing.snapshot", "EIDER_ROUTING_SNAPSHOT", "--routing-snapshot", "URI",
                "The snapshot of all routes: s3://bucket/key or a path",
                [](const Config& c) { return HasStore(c, RouteStoreKind::kSnapshot); },
                [](Config& c, const SettingText& in) {
                  return Assign(c.routing.snapshot, ParseObject(in));
                },
                [](const Config& c) { return PrintValue(c.routing.snapshot); }},
    SettingSpec{"routing.snapshot_refresh_ms", "EIDER_ROUTING_SNAPSHOT_REFRESH_MS",
                "--routing-snapshot-refresh-ms", "MS",
                "Age at which the snapshot is written anew; 0: only by eider routes snapshot",
                kOptional,
                [](Config& c, const SettingText& in) {
                  return Assign(c.routing.snapshot_refresh, ParseMilliseconds(in));
                },
                [](const Config& c) { return PrintValue(c.routing.snapshot_refresh); }},
    SettingSpec{"routing.cache_ttl_ms", "EIDER_ROUTING_CACHE_TTL_MS", "--routing-cache-ttl-ms",
                "MS", "How long a route is used before it is asked for again", kOptional,
                [](Config& c, const SettingText& in) {
                  return Assign(c.routing.cache_ttl, ParseMilliseconds(in));
                },
                [](const Config& c) { return PrintValue(c.routing.cache_ttl); }},
    SettingSpec{"routing.cache_negative_ttl_ms", "EIDER_ROUTING_CACHE_NEGATIVE_TTL_MS",
                "--routing-cache-negative-ttl-ms", "MS",
                "The same for a key without a route, and for a wrong route", kOptional,
                [](Config& c, const SettingText& in) {
                  return Assign(c.routing.cache_negative_ttl, ParseMilliseconds(in));
                },
                [](const Config& c) { return PrintValue(c.routing.cache_negative_ttl); }},
    SettingSpec{"routing.stale_max_ms", "EIDER_ROUTING_STALE_MAX_MS", "--routing-stale-max-ms",
                "MS", "Age up to which the last known route serves while the store is away",
                kOptional,
                [](Config& c, const SettingText& in) {
                  return Assign(c.routing.stale_max, ParseMilliseconds(in));
                },
                [](const Config& c) { return PrintValue(c.routing.stale_max); }},
    SettingSpec{"routing.timeout_ms", "EIDER_ROUTING_TIMEOUT_MS", "--routing-timeout-ms", "MS",
                "How long a store may take before the last known route or the next store serves",
                kOptional,
                [](Config& c, const SettingText& in) {
                  return Assign(c.routing.timeout, ParseMilliseconds(in, 1));
                },
                [](const Config& c) { return PrintValue(c.routing.timeout); }},
    SettingSpec{
        "routing.strategies", "EIDER_ROUTING_STRATEGIES", "--routing-strategies", "LIST",
        "What gives the routing key, tried in order: bucket, folder:0-1, key-regex:PATTERN, "
        "object-tag:NAME, column:NAME, ..",
        kOptional,
        [](Config& c, const SettingText& in) {
          return Assign(c.routing.strategies, ParseStrategies(in));
        },
        [](const Config& c) { return PrintValue(c.routing.strategies); }, true},
    SettingSpec{"routing.unrouted", "EIDER_ROUTING_UNROUTED", "--routing-unrouted", "WHAT",
                "A file without a route: default (the default route *), fail, skip", kOptional,
                [](Config& c, const SettingText& in) {
                  return Assign(c.routing.unrouted, ParseKind<Unrouted>(in));
                },
                [](const Config& c) { return PrintValue(c.routing.unrouted); }},
    SettingSpec{"routing.unrouted_values", "EIDER_ROUTING_UNROUTED_VALUES",
                "--routing-unrouted-values", "WHAT",
                "Rows whose value of a routing column has no route: default, fail, reject",
                kOptional,
                [](Config& c, const SettingText& in) {
                  return Assign(c.routing.unrouted_values, ParseKind<UnroutedValues>(in));
                },
                [](const Config& c) { return PrintValue(c.routing.unrouted_values); }},
    SettingSpec{
        "routing.rejects_table", "EIDER_ROUTING_REJECTS_TABLE", "--routing-rejects-table", "TABLE",
        "The table of rejected rows: namespace.table",
        [](const Config& c) { return c.routing.unrouted_values == UnroutedValues::kReject; },
        [](Config& c, const SettingText& in) {
          return Assign(c.routing.rejects_table, ParseWord(in));
        },
        [](const Config& c) { return PrintValue(c.routing.rejects_table); }},
    SettingSpec{"routing.column_values_max", "EIDER_ROUTING_COLUMN_VALUES_MAX",
                "--routing-column-values-max", "N",
                "Distinct values that a routing column may have in one file", kOptional,
                [](Config& c, const SettingText& in) {
                  return Assign(c.routing.column_values_max, ParseInt(in, 1, 100'000));
                },
                [](const Config& c) { return PrintValue(c.routing.column_values_max); }},
    SettingSpec{"ledger.type", "EIDER_LEDGER_TYPE", "--ledger-type", "TYPE",
                "Kind of ledger: sqlite, postgres, dynamodb, none", kOptional,
                [](Config& c, const SettingText& in) {
                  return Assign(c.ledger.type, ParseKind<LedgerType>(in));
                },
                [](const Config& c) { return PrintValue(c.ledger.type); }},
    SettingSpec{
        "ledger.path", "EIDER_LEDGER_PATH", "--ledger-path", "FILE",
        "The SQLite file that remembers what is loaded",
        [](const Config& c) { return c.ledger.type == LedgerType::kSqlite; },
        [](Config& c, const SettingText& in) { return Assign(c.ledger.path, ParsePath(in)); },
        [](const Config& c) { return PrintValue(c.ledger.path); }},
    SettingSpec{
        "ledger.uri", "EIDER_LEDGER_URI", "--ledger-uri", "URI",
        "The PostgreSQL database that remembers what is loaded: postgresql://host/database",
        [](const Config& c) { return c.ledger.type == LedgerType::kPostgres; },
        [](Config& c, const SettingText& in) { return Assign(c.ledger.uri, ParsePostgresUri(in)); },
        [](const Config& c) { return PrintValue(c.ledger.uri); }},
    SettingSpec{
        "ledger.table", "EIDER_LEDGER_TABLE", "--ledger-table", "NAME",
        "The DynamoDB table that remembers what is loaded",
        [](const Config& c) { return c.ledger.type == LedgerType::kDynamoDb; },
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
    SettingSpec{"engine.timeout_ms", "EIDER_ENGINE_TIMEOUT_MS", "--engine-timeout-ms", "MS",
                "How long one query may take, unless its route says otherwise", kOptional,
                [](Config& c, const SettingText& in) {
                  return Assign(c.engine.timeout, ParseMilliseconds(in, 1));
                },
                [](const Config& c) { return PrintValue(c.engine.timeout); }},
    SettingSpec{"engine.process_memory_limit", "EIDER_ENGINE_PROCESS_MEMORY_LIMIT",
                "--engine-process-memory-limit", "SIZE",
                "Memory of the whole process; a query that goes beyond it fails", kOptional,
                [](Config& c, const SettingText& in) {
                  return Assign(c.engine.process_memory_limit_bytes, ParseMemoryLimit(in));
                },
                [](const Config& c) { return PrintValue(c.engine.process_memory_limit_bytes); }},
    SettingSpec{"engine.partitions_max", "EIDER_ENGINE_PARTITIONS_MAX", "--engine-partitions-max",
                "N", "How many partitions of a table one query may write", kOptional,
                [](Config& c, const SettingText& in) {
                  return Assign(c.engine.partitions_max, ParseInt(in, 1, 1'000'000));
                },
                [](const Config& c) { return PrintValue(c.engine.partitions_max); }},
    SettingSpec{"engine.group_files", "EIDER_ENGINE_GROUP_FILES", "--engine-group-files", "N",
                "Small files of one route that one query may read; 1: each is read alone",
                kOptional,
                [](Config& c, const SettingText& in) {
                  return Assign(c.engine.group_files, ParseInt(in, 1, 1'000));
                },
                [](const Config& c) { return PrintValue(c.engine.group_files); }},
    SettingSpec{"engine.group_bytes", "EIDER_ENGINE_GROUP_BYTES", "--engine-group-bytes", "SIZE",
                "Size of such files together; a sixteenth of it is a small file", kOptional,
                [](Config& c, const SettingText& in) {
                  return Assign(c.engine.group_bytes, ParseMemoryLimit(in));
                },
                [](const Config& c) { return PrintValue(c.engine.group_bytes); }},
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
        "serve.watch", "EIDER_SERVE_WATCH", "--watch", "FOLDER,..",
        "Folders whose files are loaded when they are complete", kOptional,
        [](Config& c, const SettingText& in) { return Assign(c.serve.watch, ParsePaths(in)); },
        [](const Config& c) { return PrintValue(c.serve.watch); }, true},
    SettingSpec{
        "serve.sqs", "EIDER_SERVE_SQS", "--sqs", "QUEUE,..",
        "SQS queues of S3 events, by URL or name", kOptional,
        [](Config& c, const SettingText& in) { return Assign(c.serve.sqs, ParseWords(in)); },
        [](const Config& c) { return PrintValue(c.serve.sqs); }, true},
    SettingSpec{"serve.visibility_ms", "EIDER_SERVE_VISIBILITY_MS", "--visibility-ms", "MS",
                "How long a message of a worker that died stays hidden: 10 s to 12 hours",
                kOptional,
                [](Config& c, const SettingText& in) {
                  return Assign(c.serve.visibility, ParseVisibility(in));
                },
                [](const Config& c) { return PrintValue(c.serve.visibility); }},
    SettingSpec{
        "serve.reconcile", "EIDER_SERVE_RECONCILE", "--reconcile", "URI,..",
        "Prefixes and folders that are listed from time to time for what no event told of",
        kOptional,
        [](Config& c, const SettingText& in) { return Assign(c.serve.reconcile, ParseWords(in)); },
        [](const Config& c) { return PrintValue(c.serve.reconcile); }, true},
    SettingSpec{"serve.reconcile_every_ms", "EIDER_SERVE_RECONCILE_EVERY_MS",
                "--reconcile-every-ms", "MS", "From one such listing to the next", kOptional,
                [](Config& c, const SettingText& in) {
                  return Assign(c.serve.reconcile_every, ParseMilliseconds(in, 1'000));
                },
                [](const Config& c) { return PrintValue(c.serve.reconcile_every); }},
    SettingSpec{"serve.commit_lag_ms", "EIDER_SERVE_COMMIT_LAG_MS", "--commit-lag-ms", "MS",
                "How long rows wait for others, and how far commits to a table are apart",
                kOptional,
                [](Config& c, const SettingText& in) {
                  return Assign(c.serve.commit_lag, ParseMilliseconds(in));
                },
                [](const Config& c) { return PrintValue(c.serve.commit_lag); }},
    SettingSpec{"serve.drain_ms", "EIDER_SERVE_DRAIN_MS", "--drain-ms", "MS",
                "How long files in work may take to end after SIGTERM", kOptional,
                [](Config& c, const SettingText& in) {
                  return Assign(c.serve.drain, ParseMilliseconds(in));
                },
                [](const Config& c) { return PrintValue(c.serve.drain); }},
    SettingSpec{"serve.deliveries_max", "EIDER_SERVE_DELIVERIES_MAX", "--deliveries-max", "N",
                "Deliveries of one source that are taken before the earlier ones are settled",
                kOptional,
                [](Config& c, const SettingText& in) {
                  return Assign(c.serve.deliveries_max, ParseInt(in, 1, 100'000));
                },
                [](const Config& c) { return PrintValue(c.serve.deliveries_max); }},
    SettingSpec{
        "serve.listen", "EIDER_SERVE_LISTEN", "--listen", "HOST:PORT",
        "Where webhooks, health, metrics and the dashboard are answered, such as 127.0.0.1:8080",
        kOptional,
        [](Config& c, const SettingText& in) { return Assign(c.serve.listen, ParseWord(in)); },
        [](const Config& c) { return PrintValue(c.serve.listen); }},
    SettingSpec{
        "serve.token", "EIDER_SERVE_TOKEN", "--token", "TOKEN",
        "What the server's users and webhooks show; better in the environment or in a file",
        kOptional,
        [](Config& c, const SettingText& in) { return Assign(c.serve.token, ParseSecret(in)); },
        [](const Config& c) { return PrintValue(c.serve.token); }},
    SettingSpec{
        "serve.token_file", "EIDER_SERVE_TOKEN_FILE", "--token-file", "FILE",
        "A file with that token", kOptional,
        [](Config& c, const SettingText& in) { return Assign(c.serve.token_file, ParsePath(in)); },
        [](const Config& c) { return PrintValue(c.serve.token_file); }},
    SettingSpec{"serve.webhook_secret", "EIDER_SERVE_WEBHOOK_SECRET", "--webhook-secret", "SECRET",
                "By which webhooks sign their bodies (X-Hub-Signature-256)", kOptional,
                [](Config& c, const SettingText& in) {
                  return Assign(c.serve.webhook_secret, ParseSecret(in));
                },
                [](const Config& c) { return PrintValue(c.serve.webhook_secret); }},
    SettingSpec{"serve.events_per_second", "EIDER_SERVE_EVENTS_PER_SECOND", "--events-per-second",
                "N", "Requests of webhooks that are taken in a second", kOptional,
                [](Config& c, const SettingText& in) {
                  return Assign(c.serve.events_per_second, ParseInt(in, 1, 100'000));
                },
                [](const Config& c) { return PrintValue(c.serve.events_per_second); }},
    SettingSpec{"serve.tls_certificate", "EIDER_SERVE_TLS_CERTIFICATE", "--tls-certificate", "FILE",
                "The server's certificate with its chain, PEM", kOptional,
                [](Config& c, const SettingText& in) {
                  return Assign(c.serve.tls_certificate, ParsePath(in));
                },
                [](const Config& c) { return PrintValue(c.serve.tls_certificate); }},
    SettingSpec{
        "serve.tls_key", "EIDER_SERVE_TLS_KEY", "--tls-key", "FILE",
        "The certificate's private key, PEM", kOptional,
        [](Config& c, const SettingText& in) { return Assign(c.serve.tls_key, ParsePath(in)); },
        [](const Config& c) { return PrintValue(c.serve.tls_key); }},
    SettingSpec{
        "aws.region", "AWS_REGION", "--aws-region", "REGION", "The AWS region", kOptional,
        [](Config& c, const SettingText& in) { return Assign(c.aws_region, ParseWord(in)); },
        [](const Config& c) { return PrintValue(c.aws_region); }},
    SettingSpec{
        "overflow", "EIDER_OVERFLOW", "--overflow", "TARGET",
        "Who gets what is too much for lambda: a queue, batch://.., a state machine, lambda",
        kOptional,
        [](Config& c, const SettingText& in) { return Assign(c.overflow, ParseWord(in)); },
        [](const Config& c) { return PrintValue(c.overflow); }},
    SettingSpec{
        "plugins", "EIDER_PLUGINS", "--plugins", "JSON",
        "Programs that routes may send rows through: {name: {command: [..]}}", kOptional,
        [](Config& c, const SettingText& in) { return Assign(c.plugins, ParsePlugins(in)); },
        [](const Config& c) { return PrintValue(c.plugins); }},
    SettingSpec{"notify", "EIDER_NOTIFY", "--notify", "TARGET,..",
                "Who is told of commits and failed files: https://host/path, arn:aws:sns:.., "
                "arn:aws:events:..",
                kOptional,
                [](Config& c, const SettingText& in) { return Assign(c.notify, ParseNotify(in)); },
                [](const Config& c) { return PrintValue(c.notify); }, true},
    SettingSpec{
        "notify_token", "EIDER_NOTIFY_TOKEN", "--notify-token", "TOKEN",
        "The bearer token that webhooks of notify get", kOptional,
        [](Config& c, const SettingText& in) { return Assign(c.notify_token, ParseWord(in)); },
        [](const Config& c) { return PrintValue(c.notify_token); }},
    SettingSpec{
        "notify_secret", "EIDER_NOTIFY_SECRET", "--notify-secret", "SECRET",
        "The secret that events for webhooks are signed with (HMAC-SHA256)", kOptional,
        [](Config& c, const SettingText& in) { return Assign(c.notify_secret, ParseWord(in)); },
        [](const Config& c) { return PrintValue(c.notify_secret); }},
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

std::string ShownValue(const SettingSpec& setting, const Config& config) {
  if (setting.name == "notify") return ShownNotify(config.notify);
  if (setting.name == "plugins") return ShownPlugins(config.plugins);
  const std::string value = setting.print(config);
  return IsSecretName(setting.name) && !value.empty() ? "***" : MaskSecrets(value);
}

}  // namespace eider::config
