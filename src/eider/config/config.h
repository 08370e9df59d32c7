// The one typed configuration: checked once, at the start, and handed to the rooms as values.
//
// Precedence: flags, environment, file, defaults. Every setting has one dotted name
// ("commit.num_retries") by which messages and `eider config` call it, and knows where its value
// came from. Where a kind (catalog, routing table, ledger) is not named, what is set beside it
// tells: a DynamoDB table's name means DynamoDB. In Lambda the catalog is Glue and the ledger none
// unless something else is set, so that the variables of the Python function are enough.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/backoff.h"
#include "eider/base/result.h"

namespace eider::config {

struct Config {
  std::string warehouse;  // URI; may be empty where the catalog is Glue

  struct Catalog {
    std::string name = "default";
    std::string type = "sql";  // sql, glue
    std::string uri;           // type = sql: "sqlite:////path/catalog.db"
  } catalog;

  struct Routing {
    std::string store = "file";  // file, sqlite, dynamodb
    std::string path;            // store = file, sqlite
    std::string table;           // store = dynamodb: the table's name
    std::vector<std::string> strategies = {"bucket", "folder"};
  } routing;

  struct Ledger {
    std::string type = "sqlite";  // sqlite, dynamodb, none
    std::string path;             // type = sqlite
    std::string table;            // type = dynamodb
    int keep_days = 0;            // type = dynamodb: entries expire after it; 0: never
  } ledger;

  std::map<std::string, std::string> buckets;  // name to absolute local folder

  struct Engine {
    std::uint64_t memory_limit_bytes = 2ULL << 30U;
    int threads = 2;
    std::string temp_directory = "/tmp";
  } engine;

  struct Commit {
    RetryLimits retry;
    int max_files = 100;  // of one call that share a commit
  } commit;

  std::string aws_region;
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
};

// Errors: kInvalid (unknown keys, bad or missing values: one line each, all at once, with file and
// line and the nearest valid key), kNotFound and kDenied (the file).
Result<Loaded> Load(const Inputs& inputs);

}  // namespace eider::config
