// Which access is for what, and how it is renewed.
#include "eider/catalog/vended_access.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "eider/aws/cached_credentials.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"

namespace eider::catalog {
namespace {

std::string PropertyOf(const RestProperties& properties, const char* name) {
  const auto found = properties.find(name);
  return found == properties.end() ? std::string() : found->second;
}

bool HasKeys(const RestProperties& properties) {
  return properties.contains("s3.access-key-id");
}

// Where the table's files in S3 are written, as URIs are shown here.
std::vector<std::string> FoldersOf(const iceberg::TableMetadata& table) {
  std::vector<std::string> folders;
  for (const std::string& path : {table.location, table.Property("write.data.path", ""),
                                  table.Property("write.metadata.path", "")}) {
    const auto uri = Uri::Parse(path);
    if (uri && uri->scheme == "s3") folders.push_back(uri->ToString());
  }
  return folders;
}

// Region and endpoint may stand in the table's configuration alone.
RestProperties WithConfig(const StorageCredential& credential, const RestProperties& config) {
  RestProperties properties = credential.config;
  properties.insert(config.begin(), config.end());
  return properties;
}

// With their prefixes as URIs are shown here: s3a:// is s3://.
std::vector<StorageCredential> LongestFirst(std::vector<StorageCredential> credentials) {
  for (StorageCredential& credential : credentials) {
    if (const auto uri = Uri::Parse(credential.prefix)) credential.prefix = uri->ToString();
  }
  std::ranges::stable_sort(credentials, std::ranges::greater(),
                           [](const StorageCredential& one) { return one.prefix.size(); });
  return credentials;
}

// The first credentials are those that came with the table, unless they have ended since.
class VendedSource final : public aws::CredentialsProvider {
 public:
  VendedSource(aws::Credentials first, RenewProperties renew, Clock& clock)
      : first_(std::move(first)), renew_(std::move(renew)), clock_(clock) {}

  Result<aws::Credentials> Get() override {
    {
      const std::scoped_lock lock(mutex_);
      const auto first = std::exchange(first_, std::nullopt);
      const TimePoint use_from = clock_.Now() + aws::CachedCredentials::kUseUntil;
      if (first && (!first->expires || use_from < *first->expires)) return *first;
    }
    EIDER_ASSIGN(const RestProperties properties, renew_());
    EIDER_ASSIGN(auto credentials, S3CredentialsIn(properties));
    if (credentials) return *std::move(credentials);
    return Fail(Code::kDenied, "the REST catalog hands out no credentials for this table any more");
  }

 private:
  std::mutex mutex_;  // guards first_
  std::optional<aws::Credentials> first_;
  const RenewProperties renew_;
  Clock& clock_;
};

}  // namespace

Result<std::vector<VendedProperties>> VendedFor(const iceberg::TableMetadata& table,
                                                const RestProperties& config,
                                                const std::vector<StorageCredential>& credentials) {
  std::vector<VendedProperties> vended;
  const std::vector<std::string> folders = FoldersOf(table);
  // The first store of a folder stays.
  for (const StorageCredential& credential : LongestFirst(credentials)) {
    RestProperties properties = WithConfig(credential, config);
    if (!HasKeys(properties)) continue;
    // Of a prefix that other tables may have as well only this table's folders.
    bool is_above = false;
    for (const std::string& folder : folders) {
      if (!folder.starts_with(credential.prefix)) continue;
      vended.push_back({folder, properties});
      is_above = true;
    }
    if (!is_above && Uri::Parse(credential.prefix)) {
      vended.push_back({credential.prefix, std::move(properties)});
    }
  }
  if (!vended.empty()) return vended;
  if (HasKeys(config)) {
    for (const std::string& folder : folders) vended.push_back({folder, config});
  } else if (PropertyOf(config, "s3.remote-signing-enabled") == "true") {
    return Fail(Code::kUnsupported,
                fmt::format("the REST catalog wants to sign the requests for the objects of {} "
                            "itself (s3.remote-signing-enabled); Eider has no remote signing: "
                            "have the catalog vend credentials",
                            table.location));
  }
  return vended;
}

RestProperties PropertiesFor(const std::string& prefix, const RestProperties& config,
                             const std::vector<StorageCredential>& credentials) {
  for (const StorageCredential& credential : LongestFirst(credentials)) {
    if (prefix.starts_with(credential.prefix)) return WithConfig(credential, config);
  }
  return config;
}

Result<std::optional<aws::Credentials>> S3CredentialsIn(const RestProperties& properties) {
  if (!HasKeys(properties)) return std::optional<aws::Credentials>();
  aws::Credentials credentials{PropertyOf(properties, "s3.access-key-id"),
                               PropertyOf(properties, "s3.secret-access-key"),
                               PropertyOf(properties, "s3.session-token"),
                               {}};
  const std::string ends = PropertyOf(properties, "s3.session-token-expires-at-ms");
  if (!ends.empty()) {
    std::int64_t ms = 0;
    const auto [end, failure] = std::from_chars(ends.data(), ends.data() + ends.size(), ms);
    if (failure != std::errc() || end != ends.data() + ends.size()) {
      return Fail(Code::kCorrupt,
                  fmt::format("the REST catalog's s3.session-token-expires-at-ms is no number of "
                              "milliseconds: '{}'",
                              ends));
    }
    credentials.expires = TimePoint(Milliseconds(ms));
  }
  return credentials;
}

Result<VendedAccess> NewVendedAccess(VendedProperties vended, RenewProperties renew, Clock& clock) {
  EIDER_ASSIGN(auto first, S3CredentialsIn(vended.properties));
  if (!first) return Fail(Code::kInternal, "properties without keys give no access");
  std::string region = PropertyOf(vended.properties, "s3.region");
  if (region.empty()) region = PropertyOf(vended.properties, "client.region");
  return VendedAccess{
      std::move(vended.prefix), std::move(region), PropertyOf(vended.properties, "s3.endpoint"),
      std::make_unique<aws::CachedCredentials>(
          std::make_unique<VendedSource>(*std::move(first), std::move(renew), clock), clock)};
}

}  // namespace eider::catalog
