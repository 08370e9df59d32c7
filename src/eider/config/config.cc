// From file, environment and flags to one Config, with every problem told at once.
#include "eider/config/config.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/base/result.h"
#include "eider/config/byte_size.h"
#include "eider/config/catalog_property.h"
#include "eider/config/nearest_name.h"
#include "eider/config/postgres_uri.h"
#include "eider/config/regular_file.h"
#include "eider/config/secret_mask.h"
#include "eider/config/server_problems.h"
#include "eider/config/setting_table.h"
#include "eider/config/setting_value.h"
#include "eider/config/yaml_document.h"

namespace eider::config {
namespace {

constexpr std::string_view kFileVariable = "EIDER_CONFIG";
constexpr std::string_view kLambdaVariable = "AWS_LAMBDA_RUNTIME_API";  // set in Lambda only

Result<std::string> PlainText(const YamlNode& value) {
  if (value.kind == YamlNode::Kind::kScalar) return value.text;
  return Fail(Code::kInvalid, fmt::format("must hold plain values, not {}", value.KindName()));
}

// `name=folder` of a map of buckets.
Result<std::string> BucketPair(const YamlEntry& entry) {
  auto folder = PlainText(entry.value);
  if (!folder) return Fail(fmt::format("bucket '{}'", entry.key), std::move(folder).error());
  if (folder->find(',') != std::string::npos) {
    return Fail(Code::kInvalid,
                fmt::format("bucket '{}': cannot hold a comma: '{}'", entry.key, *folder));
  }
  if (entry.key.find_first_of("=,") != std::string::npos) {
    return Fail(Code::kInvalid,
                fmt::format("a bucket's name has no '=' and no comma: '{}'", entry.key));
  }
  return fmt::format("{}={}", entry.key, *folder);
}

// A scalar as it stands, a list item by item, a map of scalars in its form for one line.
Result<SettingText> ReadValue(const YamlNode& node, const SettingSpec& setting,
                              std::string folder) {
  SettingText in{{}, std::move(folder)};
  if (node.kind == YamlNode::Kind::kScalar) {
    in.text = node.text;
  } else if (node.kind == YamlNode::Kind::kNull) {
    return Fail(Code::kInvalid, "has no value; give it one or remove the line");
  } else if (node.kind == YamlNode::Kind::kList && setting.is_list) {
    in.items.emplace();
    for (const YamlNode& item : node.items) {
      EIDER_ASSIGN(in.items->emplace_back(), PlainText(item));
    }
  } else if (node.kind == YamlNode::Kind::kMap && setting.name == "buckets") {
    std::vector<std::string> pairs;
    for (const YamlEntry& entry : node.entries) {
      EIDER_ASSIGN(pairs.emplace_back(), BucketPair(entry));
    }
    in.text = fmt::format("{}", fmt::join(pairs, ","));
  } else if (node.kind == YamlNode::Kind::kMap && setting.name == "plugins") {
    in.map = &node;
  } else {
    return Fail(Code::kInvalid, fmt::format("must be a value, not {}", node.KindName()));
  }
  return in;
}

bool IsSection(std::string_view name) {
  return std::ranges::any_of(SettingTable(), [&](const SettingSpec& setting) {
    return setting.name.starts_with(name) && setting.name.substr(name.size()).starts_with('.');
  });
}

// Settings and sections, for hints.
std::vector<std::string_view> KeyNames() {
  std::vector<std::string_view> names = SettingNames();
  std::set<std::string_view> sections;
  for (const std::string_view name : names) {
    const std::size_t dot = name.find('.');
    if (dot != std::string_view::npos) sections.insert(name.substr(0, dot));
  }
  names.insert(names.end(), sections.begin(), sections.end());
  return names;
}

// Collects values in the order of precedence, lowest first, and all that is wrong with them.
class Loader {
 public:
  explicit Loader(const Inputs& inputs) : inputs_(inputs) {}

  Result<Loaded> Load() {
    EIDER_CHECK(ReadFile());
    ReadEnvironment();
    ReadFlags();
    ChooseKinds();
    is_memory_limit_set_ = IsSet("engine.memory_limit");
    if (Variable(kLambdaVariable)) FitIntoFunction();
    BoundProcess();
    if (!inputs_.may_lack_settings) CheckRequired();
    CheckTogether();
    if (!problems_.empty()) return Problems();
    Loaded loaded{std::move(config_), {}};
    for (const SettingSpec& setting : SettingTable()) {
      const auto origin = origins_.find(setting.name);
      loaded.settings.push_back({std::string(setting.name), ShownValue(setting, loaded.config),
                                 origin == origins_.end() ? "default" : origin->second});
      if (setting.name == "catalog.uri") ShowProperties(loaded);
    }
    return loaded;
  }

 private:
  void ShowProperties(Loaded& loaded) const {
    for (const auto& [name, value] : loaded.config.catalog.properties) {
      loaded.settings.push_back({std::string(kCatalogSection) + name,
                                 IsSecretProperty(name) ? "***" : MaskSecrets(value),
                                 property_origins_.at(name)});
    }
  }

  std::optional<std::string> Variable(std::string_view name) const {
    if (!inputs_.environment) return std::nullopt;
    auto value = inputs_.environment(name);
    return value && !value->empty() ? value : std::nullopt;
  }

  void Apply(const SettingSpec& setting, SettingText in, std::string origin) {
    if (const Status parsed = setting.parse(config_, in); !parsed) {
      Problem(setting, origin, parsed.error());
      return;
    }
    origins_[setting.name] = std::move(origin);
  }

  void Problem(const SettingSpec& setting, std::string_view origin, const Error& error) {
    problems_.push_back(fmt::format("{}: {} {}", origin, setting.name, error.message));
    wrong_.insert(setting.name);
  }

  Status ReadFile() {
    std::optional<std::string> path = inputs_.file;
    std::string_view named_by = "--config";
    if (!path) {
      path = Variable(kFileVariable);
      named_by = kFileVariable;
    }
    if (!path) return {};
    const std::string whole =
        (std::filesystem::path(inputs_.working_directory) / *path).lexically_normal().string();
    auto text = ReadTextFile(whole, kYamlSizeBytesMax);
    if (!text) {
      return Fail(fmt::format("configuration named by {}", named_by), std::move(text).error());
    }
    file_ = *path;
    file_folder_ = std::filesystem::path(whole).parent_path().string();
    EIDER_ASSIGN(const YamlNode root, ParseYaml(*text, file_));
    if (root.kind == YamlNode::Kind::kNull) return {};
    if (root.kind != YamlNode::Kind::kMap) {
      return Fail(Code::kInvalid, fmt::format("{}:{}: must hold `key: value` lines, not {}", file_,
                                              root.line, root.KindName()));
    }
    ReadMap(root, "");
    return {};
  }

  void ReadMap(const YamlNode& map, const std::string& prefix) {
    for (const YamlEntry& entry : map.entries) {
      const std::string name = prefix + entry.key;
      const std::string place = fmt::format("{}:{}", file_, entry.line);
      if (const auto [first, is_new] = lines_.emplace(name, entry.line); !is_new) {
        problems_.push_back(
            fmt::format("{}: {} is named twice, first in line {}", place, name, first->second));
      } else if (const SettingSpec* setting = FindSetting(name)) {
        auto value = ReadValue(entry.value, *setting, file_folder_);
        if (value) {
          Apply(*setting, *std::move(value), place);
        } else {
          Problem(*setting, place, value.error());
        }
      } else if (const auto property = CatalogPropertyNamed(name)) {
        auto value = PlainText(entry.value);
        if (value) {
          SetProperty(*property, *std::move(value), place);
        } else {
          problems_.push_back(fmt::format("{}: {} {}", place, name, value.error().message));
        }
      } else if (!IsSection(name)) {
        auto names = KeyNames();
        if (name.starts_with(kCatalogSection))
          std::ranges::copy(CatalogPropertyNames(), std::back_inserter(names));
        problems_.push_back(
            fmt::format("{}: unknown key '{}'; {}", place, name, NameHint(name, names)));
      } else if (entry.value.kind == YamlNode::Kind::kMap) {
        ReadMap(entry.value, name + ".");
      } else if (entry.value.kind != YamlNode::Kind::kNull) {
        problems_.push_back(fmt::format("{}: {} must hold `key: value` pairs, not {}", place, name,
                                        entry.value.KindName()));
      }
    }
  }

  void ReadEnvironment() {
    for (const SettingSpec& setting : SettingTable()) {
      if (auto value = Variable(setting.environment)) {
        Apply(setting, {*std::move(value), inputs_.working_directory},
              std::string(setting.environment));
      }
    }
    for (const std::string& name : inputs_.environment_names) {
      if (name.starts_with(kCatalogVariables)) {
        ReadPropertyVariable(name);
      } else {
        FindMisspelt(name);
      }
    }
  }

  // EIDER_CATALOG__OAUTH2_SERVER_URI is oauth2-server-uri.
  void ReadPropertyVariable(const std::string& variable) {
    auto value = Variable(variable);
    if (!value) return;
    const std::string name = CatalogKeyOfVariable(variable);
    if (const SettingSpec* setting = FindSetting(name)) {
      Apply(*setting, {*std::move(value), inputs_.working_directory}, variable);
    } else if (const auto property = CatalogPropertyNamed(name)) {
      SetProperty(*property, *std::move(value), variable);
    } else {
      problems_.push_back(fmt::format("environment: unknown variable '{}', which would be {}; {}",
                                      variable, name, NameHint(name, CatalogPropertyNames())));
    }
  }

  void SetProperty(const std::string& name, std::string value, std::string origin) {
    config_.catalog.properties[name] = std::move(value);
    property_origins_[name] = std::move(origin);
  }

  // Other programs have EIDER_ variables of their own (EIDER_CACHE): only those are wrong that
  // begin like one of ours or are within two letters of one.
  void FindMisspelt(std::string_view variable) {
    if (!variable.starts_with("EIDER_") || variable == kFileVariable || !Variable(variable)) return;
    std::vector<std::string_view> known = {kFileVariable};
    bool is_near = false;
    for (const SettingSpec& setting : SettingTable()) {
      if (variable == setting.environment) return;
      known.push_back(setting.environment);
      const std::size_t section_end = setting.environment.find('_', sizeof "EIDER_" - 1);
      is_near |= section_end != std::string_view::npos &&
                 variable.starts_with(setting.environment.substr(0, section_end + 1));
    }
    is_near |= std::ranges::any_of(
        known, [&](std::string_view name) { return EditDistance(variable, name) <= 2; });
    if (is_near) {
      problems_.push_back(fmt::format("environment: unknown variable '{}'; {}", variable,
                                      NameHint(variable, known)));
    }
  }

  void ReadFlags() {
    for (const auto& [name, text] : inputs_.flags) {
      if (const SettingSpec* setting = FindSetting(name)) {
        Apply(*setting, {text, inputs_.working_directory}, std::string(setting->flag));
      } else {
        problems_.push_back(
            fmt::format("flags: unknown setting '{}'; {}", name, NameHint(name, SettingNames())));
      }
    }
  }

  bool IsSet(std::string_view setting) const { return origins_.contains(setting); }

  // Kinds that nobody named, from what is set beside them.
  void ChooseKinds() {
    const bool is_lambda = Variable(kLambdaVariable).has_value();
    if (!IsSet("catalog.type")) {
      if (IsServerUri(config_.catalog.uri)) {
        config_.catalog.type = CatalogType::kRest;
      } else if (is_lambda && !IsSet("catalog.uri")) {
        config_.catalog.type = CatalogType::kGlue;
      }
    }
    if (!IsSet("routing.store")) ChooseRoutingStores(config_.routing.stores);
    if (!IsSet("ledger.type") && !IsSet("ledger.path")) {
      if (IsSet("ledger.uri")) {
        config_.ledger.type = LedgerType::kPostgres;
      } else if (IsSet("ledger.table")) {
        config_.ledger.type = LedgerType::kDynamoDb;
      } else if (is_lambda) {
        config_.ledger.type = LedgerType::kNone;
      }
    }
  }

  // Where nothing but a snapshot is named, it is the store; else the last one.
  void ChooseRoutingStores(std::vector<RouteStoreKind>& stores) const {
    const bool has_path = IsSet("routing.path");
    if (!has_path && IsSet("routing.table")) stores = {RouteStoreKind::kDynamoDb};
    if (!has_path && IsSet("routing.uri")) stores = {RouteStoreKind::kPostgres};
    if (!IsSet("routing.snapshot")) return;
    if (!has_path && !IsSet("routing.table") && !IsSet("routing.uri")) stores.clear();
    stores.push_back(RouteStoreKind::kSnapshot);
  }

  // In Lambda the function's memory bounds the queries': about half of it, the rest is for the
  // file being read and the program; and it comes with one processor per 1,769 MB.
  // Source: AWS Lambda Developer Guide, "Configure Lambda function memory".
  void FitIntoFunction() {
    constexpr std::string_view kMemoryVariable = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE";
    constexpr int kMegabytesPerProcessor = 1'769;
    constexpr int kMegabytesForTwo = 256;  // files at a time: each has buffers of its own
    const auto text = Variable(kMemoryVariable);
    const auto megabytes = text ? ParseInt({*text, {}}, 128, 1'000'000) : Result<int>(0);
    if (!megabytes || *megabytes == 0) return;
    if (!IsSet("engine.process_memory_limit")) {
      config_.engine.process_memory_limit_bytes = static_cast<std::uint64_t>(*megabytes) << 20U;
      origins_["engine.process_memory_limit"] = kMemoryVariable;
    }
    if (!IsSet("engine.memory_limit")) {
      config_.engine.memory_limit_bytes = static_cast<std::uint64_t>(*megabytes) << 19U;
      origins_["engine.memory_limit"] = kMemoryVariable;
    }
    if (!IsSet("engine.threads")) {
      const int least = *megabytes < kMegabytesForTwo ? 1 : 2;
      config_.engine.threads = std::max(least, *megabytes / kMegabytesPerProcessor);
      origins_["engine.threads"] = kMemoryVariable;
    }
  }

  // Queries hold more than engine.memory_limit counts: what functions and vectors make. Of the two
  // limits the one that nobody set follows the other.
  void BoundProcess() {
    auto& engine = config_.engine;
    if (!IsSet("engine.process_memory_limit")) {
      engine.process_memory_limit_bytes = 2 * engine.memory_limit_bytes + (1ULL << 30U);
    }
    const std::uint64_t half = engine.process_memory_limit_bytes / 2;
    if (is_memory_limit_set_ || engine.memory_limit_bytes <= half) return;
    engine.memory_limit_bytes = half;
    origins_["engine.memory_limit"] = "half of engine.process_memory_limit";
  }

  void CheckRequired() {
    for (const SettingSpec& setting : SettingTable()) {
      if (!setting.is_required(config_) || wrong_.contains(setting.name)) continue;
      if (!setting.print(config_).empty()) continue;
      problems_.push_back(fmt::format("{} is not set: set it in {}, by {} or by {}", setting.name,
                                      file_.empty() ? "the file that --config names" : file_,
                                      setting.environment, setting.flag));
    }
  }

  void CheckCatalog() {
    const Config::Catalog& catalog = config_.catalog;
    const bool is_rest = catalog.type == CatalogType::kRest;
    if (IsSet("catalog.uri") && catalog.type != CatalogType::kGlue &&
        IsServerUri(catalog.uri) != is_rest) {
      problems_.push_back(fmt::format(
          "{}: catalog.uri must be {} where catalog.type is {}: '{}'", origins_["catalog.uri"],
          is_rest ? "a server, https://host/path,"
                  : "a database, sqlite:////folder/catalog.db or postgresql://host/database,",
          WordFor(catalog.type), MaskSecrets(catalog.uri)));
    }
    for (const auto& [name, origin] : property_origins_) {
      if (IsOfDatabase(name)) {
        if (catalog.type == CatalogType::kSql && IsPostgresUri(catalog.uri)) continue;
        problems_.push_back(
            fmt::format("{}: {}{} is of a PostgreSQL catalog, and the catalog is {}", origin,
                        kCatalogSection, name,
                        catalog.type == CatalogType::kSql ? MaskSecrets(catalog.uri)
                                                          : std::string(WordFor(catalog.type))));
      } else if (!is_rest) {
        problems_.push_back(fmt::format("{}: {}{} is of catalog.type rest, and the type is {}",
                                        origin, kCatalogSection, name, WordFor(catalog.type)));
      }
    }
  }

  // What no setting can tell alone.
  void CheckTogether() {
    CheckCatalog();
    std::ranges::move(ServerProblems(config_.serve), std::back_inserter(problems_));
    if (!config_.notify.empty() && config_.ledger.type == LedgerType::kNone) {
      problems_.push_back(origins_["notify"] +
                          ": notify needs a ledger, which remembers what is still to be told: "
                          "configure ledger.type (sqlite, postgres or dynamodb)");
    }
    const auto& retry = config_.commit.retry;
    if (retry.min_wait > retry.max_wait) {
      problems_.push_back(
          fmt::format("commit.min_wait_ms must not be more than commit.max_wait_ms: {} and {}",
                      retry.min_wait.count(), retry.max_wait.count()));
    }
    const auto& engine = config_.engine;
    const bool are_right =
        !wrong_.contains("engine.memory_limit") && !wrong_.contains("engine.process_memory_limit");
    if (are_right && engine.memory_limit_bytes > engine.process_memory_limit_bytes) {
      problems_.push_back(fmt::format(
          "engine.memory_limit ({}, from {}) must not be more than engine.process_memory_limit "
          "({}, from {}): queries cannot have more than the whole process",
          ByteSizeText(engine.memory_limit_bytes), origins_["engine.memory_limit"],
          ByteSizeText(engine.process_memory_limit_bytes),
          origins_["engine.process_memory_limit"]));
    }
  }

  std::unexpected<Error> Problems() const {
    if (problems_.size() == 1) return Fail(Code::kInvalid, problems_.front());
    return Fail(Code::kInvalid, fmt::format("{} problems in the configuration:\n  {}",
                                            problems_.size(), fmt::join(problems_, "\n  ")));
  }

  const Inputs& inputs_;
  Config config_;
  std::string file_;         // as it was named; empty: none
  std::string file_folder_;  // absolute
  std::map<std::string, int> lines_;
  std::map<std::string_view, std::string> origins_;
  std::map<std::string, std::string> property_origins_;  // of catalog.properties
  std::set<std::string_view> wrong_;
  bool is_memory_limit_set_ = false;  // by somebody, not by what the function has
  std::vector<std::string> problems_;
};

}  // namespace

Result<Loaded> Load(const Inputs& inputs) {
  return Loader(inputs).Load();
}

}  // namespace eider::config
