// PostgreSQL in the configuration: chosen by its URIs, and without its passwords.
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/config/config.h"
#include "eider/config/kinds.h"
#include "eider/config/testing/config_fixture.h"

namespace eider::config {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST_F(ConfigTest, PostgresIsChosenByItsUrisAndShowsNoPassword) {
  const auto loaded = LoadText(R"(warehouse: file:///lake
catalog: { uri: "jdbc:postgresql://db/lake?user=u&password=hush", jdbc.user: ada, jdbc.password: hush }
routing: { uri: "postgresql://u:hush@db/lake" }
ledger: { uri: "postgresql+psycopg2://u:hush@db/lake" }
)");
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->config.catalog.type, CatalogType::kSql);
  EXPECT_EQ(loaded->config.routing.stores, std::vector{RouteStoreKind::kPostgres});
  EXPECT_EQ(loaded->config.ledger.type, LedgerType::kPostgres);
  EXPECT_EQ(loaded->config.catalog.properties.at("jdbc.password"), "hush");
  for (const Setting& setting : loaded->settings) {
    EXPECT_THAT(setting.value, Not(HasSubstr("hush"))) << setting.name;
  }
}

TEST_F(ConfigTest, PropertiesOfADatabaseAreOfPostgresOnly) {
  const auto refused = LoadText(R"(warehouse: file:///lake
catalog: { uri: "sqlite:////lake/catalog.db", jdbc.password: hush }
routing: { path: routes.yaml }
ledger: { path: ledger.db }
)");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("catalog.jdbc.password is of a PostgreSQL"));
  EXPECT_THAT(refused.error().message, Not(HasSubstr("hush")));
}

}  // namespace
}  // namespace eider::config
