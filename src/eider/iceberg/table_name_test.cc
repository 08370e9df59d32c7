// Table names that are read, and those that are refused.
#include "eider/iceberg/table_name.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace eider::iceberg {
namespace {

TEST(TableName, ReadsOneAndMoreLevels) {
  const Result<TableName> two = TableName::Parse("bronze.orders");
  ASSERT_TRUE(two.has_value());
  EXPECT_EQ(two->name_space, std::vector<std::string>{"bronze"});
  EXPECT_EQ(two->name, "orders");

  const Result<TableName> three = TableName::Parse("lake.bronze-2.Orders_v1");
  ASSERT_TRUE(three.has_value());
  EXPECT_EQ(three->NamespaceText(), "lake.bronze-2");
  EXPECT_EQ(three->name, "Orders_v1");
  EXPECT_EQ(three->ToString(), "lake.bronze-2.Orders_v1");
}

TEST(TableName, RefusesWhatIsNoName) {
  const std::string long_name(256, 'x');
  for (const std::string& text :
       {std::string(), std::string("orders"), std::string("."), std::string(".orders"),
        std::string("bronze."), std::string("a..b"), std::string("bronze.or ders"),
        std::string("bronze./etc"), std::string("../x.y"), std::string("a.b\\c"),
        std::string("a.\xC3\xB1"), std::string("a.b\0c", 5), std::string("a.'b'"), "a." + long_name,
        long_name + ".a"}) {
    const Result<TableName> parsed = TableName::Parse(text);
    ASSERT_FALSE(parsed.has_value()) << text;
    EXPECT_EQ(parsed.error().code, Code::kInvalid) << text;
    EXPECT_NE(parsed.error().message.find("'" + text + "'"), std::string::npos)
        << parsed.error().message;
  }
}

TEST(TableName, SaysWhatIsMissing) {
  EXPECT_EQ(TableName::Parse("orders").error().message,
            "not a table name, the namespace is missing (write namespace.table): 'orders'");
}

}  // namespace
}  // namespace eider::iceberg
