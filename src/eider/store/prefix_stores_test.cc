// Each object is in the store of its longest prefix.
#include "eider/store/prefix_stores.h"

#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/store/memory_store.h"

namespace eider::store {
namespace {

class CountingStore final : public MemoryStore {
 public:
  explicit CountingStore(std::vector<std::string>& synced) : synced_(synced) {}

  Status Sync(std::span<const Uri> objects) override {
    for (const Uri& object : objects) synced_.push_back(object.key);
    return {};
  }

 private:
  std::vector<std::string>& synced_;
};

Uri At(const std::string& key) {
  return {"s3", "lake", key};
}

bool Has(ObjectStore& store, const std::string& key) {
  return store.Stat(At(key)).has_value();
}

TEST(PrefixStores, TheLongestPrefixHasTheObject) {
  MemoryStore rest;
  PrefixStores stores(rest);
  std::vector<std::string> synced;
  auto outer = std::make_unique<CountingStore>(synced);
  auto inner = std::make_unique<CountingStore>(synced);
  CountingStore& in_outer = *outer;
  CountingStore& in_inner = *inner;
  stores.Add("s3://lake/t", std::move(outer));
  stores.Add("s3://lake/t/inner/", std::move(inner));
  for (const char* key : {"t/a", "t/inner/a", "t2/a", "s/a"}) {
    ASSERT_TRUE(stores.Put(At(key), "x", PutMode::kReplace));
  }
  EXPECT_TRUE(Has(in_outer, "t/a"));
  EXPECT_TRUE(Has(in_inner, "t/inner/a"));
  EXPECT_FALSE(Has(in_outer, "t/inner/a"));
  EXPECT_TRUE(Has(rest, "t2/a"));
  EXPECT_TRUE(Has(rest, "s/a"));
  const std::vector<Uri> objects = {At("t/a"), At("s/a"), At("t/inner/a")};
  ASSERT_TRUE(stores.Sync(objects));
  EXPECT_THAT(synced, testing::UnorderedElementsAre("t/a", "t/inner/a"));
}

TEST(PrefixStores, TheFirstStoreOfAPrefixStays) {
  MemoryStore rest;
  PrefixStores stores(rest);
  stores.Add("s3://lake/t", std::make_unique<MemoryStore>());
  ASSERT_TRUE(stores.Put(At("t/a"), "x", PutMode::kReplace));
  stores.Add("s3://lake/t", std::make_unique<MemoryStore>());
  EXPECT_TRUE(Has(stores, "t/a"));
}

}  // namespace
}  // namespace eider::store
