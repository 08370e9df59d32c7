// Which objects a server's credentials are for, and when it is asked for new ones.
#include "eider/catalog/vended_access.h"

#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace eider::catalog {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

RestProperties Keys(const std::string& id, const std::string& ends = "") {
  RestProperties keys = {{"s3.access-key-id", id}, {"s3.secret-access-key", "s"}};
  if (!ends.empty()) keys["s3.session-token-expires-at-ms"] = ends;
  return keys;
}

iceberg::TableMetadata Table(std::map<std::string, std::string> properties = {}) {
  iceberg::TableMetadata table;
  table.location = "s3://wh/a/t";
  table.properties = std::move(properties);
  return table;
}

std::vector<std::string> Shown(const Result<std::vector<VendedProperties>>& vended) {
  std::vector<std::string> shown;
  for (const VendedProperties& one : vended.value()) {
    shown.push_back(one.prefix + " " + one.properties.at("s3.access-key-id"));
  }
  return shown;
}

TEST(VendedFor, KeysOfTheConfigurationAreForTheTablesFolders) {
  EXPECT_THAT(Shown(VendedFor(Table(), Keys("C"), {})), ElementsAre("s3://wh/a/t C"));
  const auto table = Table({{"write.data.path", "s3://data/t"}});
  EXPECT_THAT(Shown(VendedFor(table, Keys("C"), {})),
              ElementsAre("s3://wh/a/t C", "s3://data/t C"));
  EXPECT_THAT(Shown(VendedFor(Table(), {{"client.region", "x"}}, {})), IsEmpty());
}

TEST(VendedFor, KeysOfAWholeBucketAreForThisTableAlone) {
  const std::vector<StorageCredential> credentials = {{"s3://wh/", Keys("A")},
                                                      {"s3://wh/a", Keys("B")},
                                                      {"s3://other/x", Keys("D")},
                                                      {"gs://wh", {{"gcs.oauth2.token", "t"}}}};
  EXPECT_THAT(Shown(VendedFor(Table(), {}, credentials)),
              ElementsAre("s3://other/x D", "s3://wh/a/t B", "s3://wh/a/t A"));
  EXPECT_EQ(PropertiesFor("s3://wh/a/t", {}, credentials).at("s3.access-key-id"), "B");
}

TEST(VendedFor, KeysOfS3AreNotForATableInAFolder) {
  iceberg::TableMetadata table = Table();
  table.location = "file:///lake/t";
  EXPECT_THAT(Shown(VendedFor(table, Keys("C"), {{"s3", Keys("A")}})), IsEmpty());
  table.location = "s3a://wh/t";
  EXPECT_THAT(Shown(VendedFor(table, Keys("C"), {})), ElementsAre("s3://wh/t C"));
  EXPECT_THAT(Shown(VendedFor(table, {}, {{"s3", Keys("A")}})), ElementsAre("s3://wh/t A"));
  EXPECT_THAT(Shown(VendedFor(table, {}, {{"s3a://wh/", Keys("A")}})), ElementsAre("s3://wh/t A"));
}

TEST(VendedFor, RemoteSigningWithoutKeysIsRefused) {
  const RestProperties config = {{"s3.remote-signing-enabled", "true"}};
  const auto refused = VendedFor(Table(), config, {});
  EXPECT_EQ(refused.error().code, Code::kUnsupported);
  EXPECT_THAT(refused.error().message, HasSubstr("s3://wh/a/t"));
  EXPECT_TRUE(VendedFor(Table(), config, {{"s3://wh", Keys("A")}}));
}

TEST(NewVendedAccess, AsksAgainBeforeTheCredentialsEnd) {
  ManualClock clock{TimePoint(std::chrono::hours(1))};
  const auto in_an_hour = [&] {
    return std::to_string(UnixMillis(clock.Now() + std::chrono::hours(1)));
  };
  int asked = 0;
  RestProperties properties = Keys("first", in_an_hour());
  properties["s3.endpoint"] = "http://s3";
  properties["client.region"] = "eu-west-1";
  auto access = NewVendedAccess(
      {"s3://wh/a/t", properties},
      [&]() -> Result<RestProperties> {
        ++asked;
        return Keys("next", in_an_hour());
      },
      clock);
  ASSERT_TRUE(access) << access.error().message;
  EXPECT_EQ(access->endpoint, "http://s3");
  EXPECT_EQ(access->region, "eu-west-1");
  EXPECT_EQ(access->credentials->Get()->access_key_id, "first");
  clock.Advance(std::chrono::minutes(54));
  EXPECT_EQ(access->credentials->Get()->access_key_id, "first");
  EXPECT_EQ(asked, 0);
  clock.Advance(std::chrono::minutes(2));
  EXPECT_EQ(access->credentials->Get()->access_key_id, "next");
  EXPECT_EQ(asked, 1);
}

TEST(NewVendedAccess, AsksAgainWhereTheFirstHaveEndedBeforeTheyWereUsed) {
  ManualClock clock{TimePoint(std::chrono::hours(1))};
  const auto access = NewVendedAccess(
      {"s3://wh", Keys("first", "3600001")},
      []() -> Result<RestProperties> { return Keys("next"); }, clock);
  EXPECT_EQ(access->credentials->Get()->access_key_id, "next");
}

TEST(NewVendedAccess, AnEndThatIsNoNumberIsRefused) {
  ManualClock clock{TimePoint(std::chrono::hours(1))};
  const auto access = NewVendedAccess({"s3://wh", Keys("A", "soon")}, {}, clock);
  EXPECT_EQ(access.error().code, Code::kCorrupt);
  EXPECT_THAT(access.error().message, HasSubstr("'soon'"));
}

}  // namespace
}  // namespace eider::catalog
