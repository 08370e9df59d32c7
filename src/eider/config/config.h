// The one typed configuration: checked once, at the start, and handed to the rooms as values.
//
// Precedence: flags, environment, file, defaults. Every setting has one dotted name
// ("commit.num_retries") by which messages and `eider config` call it, and knows where its value
// came from. Where a kind (catalog, routing table, ledger) is not named, what is set beside it
// tells: a DynamoDB table's name means DynamoDB, an https:// catalog a REST server. In Lambda the
// catalog is Glue and the ledger none unless something else is set, so that the variables of the
// Python function are enough.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/backoff.h"
#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/config/kinds.h"
#include "eider/config/plugin_program.h"

namespace eider::config {

struct Config {
  std::string warehouse;  // URI; may be empty where the catalog is not SQL

  struct Catalog {
    std::string name = "default";
    CatalogType type = CatalogType::kSql;
    // kSql: "sqlite:////path/catalog.db" or one of postgres_uri.h; kRest: "https://host/path"
    std::string uri;
    // By the names that Java and PyIceberg have for them: see catalog_property.h.
    std::map<std::string, std::string> properties;
  } catalog;

  struct Routing {
    // In the order in which they are asked; a snapshot is the last one.
    std::vector<RouteStoreKind> stores = {RouteStoreKind::kFile};
    std::string path;                        // of kFile, kSqlite
    std::string uri;                         // of kPostgres: one of postgres_uri.h
    std::string table;                       // of kDynamoDb: the table's name
    std::string snapshot;                    // of kSnapshot: URI
    Milliseconds snapshot_refresh{900'000};  // 0: never by itself
    Milliseconds cache_ttl{30'000};
    Milliseconds cache_negative_ttl{5'000};
    Milliseconds stale_max{86'400'000};
    Milliseconds timeout{2'000};  // until the last known route or the next store serves
    std::vector<std::string> strategies = {"bucket", "folder"};
    Unrouted unrouted = Unrouted::kDefault;
    UnroutedValues unrouted_values = UnroutedValues::kDefault;
    std::string rejects_table;      // of kReject: namespace.table
    int column_values_max = 1'000;  // distinct values of a column that routes
  } routing;

  struct Ledger {
    LedgerType type = LedgerType::kSqlite;
    std::string path;   // of kSqlite
    std::string uri;    // of kPostgres: one of postgres_uri.h
    std::string table;  // of kDynamoDb
    int keep_days = 0;  // of kDynamoDb: entries expire after it; 0: never
  } ledger;

  std::map<std::string, std::string> buckets;  // name to absolute local folder

  struct Engine {
    std::uint64_t memory_limit_bytes = 2ULL << 30U;
    int threads = 2;
    std::string temp_directory = "/tmp";
    Milliseconds timeout{3'600'000};                         // of one query
    std::uint64_t process_memory_limit_bytes = 5ULL << 30U;  // of all that the process holds
    int partitions_max = 10'000;                             // that one query may write
    int group_files = 128;                                   // small ones that one query reads
    std::uint64_t group_bytes = 64ULL << 20U;                // of them together
  } engine;

  struct Commit {
    RetryLimits retry;
    int max_files = 128;  // that share a commit
  } commit;

  // Of `eider serve`.
  struct Serve {
    std::vector<std::string> watch;  // absolute folders
    std::vector<std::string> sqs;    // queues' URLs or names
    // How long rows wait for company, and how far commits to one table are apart.
    Milliseconds commit_lag{1'000};
    Milliseconds drain{30'000};          // that files in work get to end after a stop
    int deliveries_max = 2'000;          // of each source, that are not settled
    Milliseconds visibility{120'000};    // of a message in work, until it is extended
    std::vector<std::string> reconcile;  // URIs and paths that are listed from time to time
    Milliseconds reconcile_every{3'600'000};
    std::string listen;           // "127.0.0.1:8080"; empty: no server
    std::string token;            // of those who ask the server, and of webhooks
    std::string token_file;       // absolute path of a file with the token
    std::string webhook_secret;   // by which webhooks sign their bodies
    int events_per_second = 100;  // requests of webhooks
    std::string tls_certificate;  // absolute path, PEM with its chain
    std::string tls_key;          // absolute path, PEM
  } serve;

  std::string aws_region;

  // Where `eider lambda` hands files on that are too much for it: an SQS queue, by URL or name,
  // batch://JOB_QUEUE/JOB_DEFINITION of AWS Batch, the ARN of a state machine, or "lambda": to
  // itself, in pieces. Empty: nowhere.
  std::string overflow;

  PluginPrograms plugins;  // that routes may name

  // Who is told of commits and failures: URLs of webhooks, ARNs of SNS and EventBridge.
  std::vector<std::string> notify;
  std::string notify_token;   // that webhooks get as a bearer token
  std::string notify_secret;  // that events for webhooks are signed with
};

// One line of `eider config`.
struct Setting {
  std::string name;    // "commit.num_retries"
  std::string value;   // as text; secrets masked
  std::string origin;  // "default", "config.yaml:7", "EIDER_COMMIT_NUM_RETRIES", "--warehouse"
};

struct Loaded {
  Config config;
  std::vector<Setting> settings;  // in the order of the documentation
};

// Where the values come from. Relative paths in the file are taken from the file's folder, others
// from `working_directory`. An empty environment variable counts as not set.
struct Inputs {
  std::optional<std::string> file;  // path, from --config; else EIDER_CONFIG names it
  std::function<std::optional<std::string>(std::string_view)> environment;  // a variable's value
  std::vector<std::string> environment_names;  // all variables, to find misspelt ones
  std::map<std::string, std::string> flags;    // setting name to text
  std::string working_directory;
  bool may_lack_settings = false;  // for who needs neither tables nor routes
};

// Errors: kInvalid (unknown keys, bad or missing values: one line each, all at once, with file and
// line and the nearest valid key), kNotFound and kDenied (the file).
Result<Loaded> Load(const Inputs& inputs);

}  // namespace eider::config
