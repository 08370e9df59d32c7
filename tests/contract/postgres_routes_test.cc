// The routing table in PostgreSQL that an earlier version of this program made.
#include <gtest/gtest.h>

#include "eider/base/clock.h"
#include "eider/base/random.h"
#include "eider/routes/postgres_route_store.h"
#include "eider/routes/testing/every_attribute.h"
#include "postgres_schema.h"

namespace eider::routes {
namespace {

TEST(PostgresRouteStore, TableOfTheVersionBeforeRescueGetsIt) {
  const postgres::TestSchema schema;
  if (!schema.missing().empty()) GTEST_SKIP() << schema.missing();
  SystemClock clock;
  SystemRandom random;
  ASSERT_TRUE(OpenPostgresRoutes(schema.uri(), IfMissing::kCreate, clock, random));
  schema.Run("ALTER TABLE eider_routes DROP COLUMN rescue, DROP COLUMN lineage");
  schema.Run("UPDATE eider_schemas SET version = 1 WHERE name = 'routes'");
  const auto store = OpenPostgresRoutes(schema.uri(), IfMissing::kFail, clock, random);
  ASSERT_TRUE(store) << store.error().message;
  ASSERT_TRUE((*store)->Put(EveryAttribute("src-a")));
  EXPECT_EQ(**(*store)->Find("src-a"), EveryAttribute("src-a"));
}

TEST(PostgresRouteStore, TableOfTheVersionBeforeLineageGetsIt) {
  const postgres::TestSchema schema;
  if (!schema.missing().empty()) GTEST_SKIP() << schema.missing();
  SystemClock clock;
  SystemRandom random;
  ASSERT_TRUE(OpenPostgresRoutes(schema.uri(), IfMissing::kCreate, clock, random));
  schema.Run(
      "ALTER TABLE eider_routes DROP COLUMN lineage, DROP COLUMN after_load, "
      "DROP COLUMN after_failure");
  schema.Run("UPDATE eider_schemas SET version = 2 WHERE name = 'routes'");
  const auto store = OpenPostgresRoutes(schema.uri(), IfMissing::kFail, clock, random);
  ASSERT_TRUE(store) << store.error().message;
  ASSERT_TRUE((*store)->Put(EveryAttribute("src-a")));
  EXPECT_EQ(**(*store)->Find("src-a"), EveryAttribute("src-a"));
}

}  // namespace
}  // namespace eider::routes
