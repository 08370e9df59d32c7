// Reading of several manifests: side by side, in order, whatever fails.
#include "eider/iceberg/manifest_files.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "eider/iceberg/testing/golden_manifests.h"
#include "eider/store/memory_store.h"

namespace eider::iceberg {
namespace {

// Holds every reader until another one is there, or two seconds have passed.
class SlowStore final : public store::MemoryStore {
 public:
  Result<std::unique_ptr<store::ObjectReader>> Open(const Uri& uri,
                                                    const store::OpenOptions& options) override {
    std::unique_lock lock(mutex_);
    peak_ = std::max(peak_, ++inside_);
    changed_.notify_all();
    changed_.wait_for(lock, std::chrono::seconds(2), [&] { return peak_ > 1; });
    --inside_;
    lock.unlock();
    return MemoryStore::Open(uri, options);
  }

  int peak() const { return peak_; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int inside_ = 0;
  int peak_ = 0;
};

std::vector<ManifestFile> PutManifests(store::ObjectStore& store, int count) {
  std::vector<ManifestFile> manifests;
  for (int i = 0; i < count; ++i) {
    ManifestFile& manifest = manifests.emplace_back();
    manifest.manifest_path = "s3://lake/t/metadata/" + std::to_string(i) + ".avro";
    manifest.sequence_number = 100 + i;
    EXPECT_TRUE(store.Put(Uri::Parse(manifest.manifest_path).value(),
                          golden::Bytes("java_added.avro"), store::PutMode::kReplace));
  }
  return manifests;
}

TEST(ManifestFiles, WereOnceReadOneAfterAnother) {
  SlowStore store;
  const auto manifests = PutManifests(store, 20);
  const auto read = ReadWholeManifests(store, manifests);
  EXPECT_GE(store.peak(), 2);
  EXPECT_LE(store.peak(), 8);
  ASSERT_EQ(read.size(), 20U);
  for (std::size_t i = 0; i < read.size(); ++i) {
    ASSERT_TRUE(read[i].has_value()) << i;
    EXPECT_EQ(read[i]->entries.at(0).sequence_number, 100 + static_cast<std::int64_t>(i));
  }
}

TEST(ManifestFiles, OneThatIsGoneLeavesTheOthers) {
  store::MemoryStore store;
  const auto manifests = PutManifests(store, 10);
  ASSERT_TRUE(store.Remove(Uri::Parse(manifests[4].manifest_path).value()));
  const auto read = ReadWholeManifests(store, manifests);
  for (std::size_t i = 0; i < read.size(); ++i) EXPECT_EQ(read[i].has_value(), i != 4) << i;
  EXPECT_EQ(read[4].error().code, Code::kNotFound);
  EXPECT_NE(read[4].error().message.find(manifests[4].manifest_path), std::string::npos);
  EXPECT_TRUE(ReadWholeManifests(store, {}).empty());
}

}  // namespace
}  // namespace eider::iceberg
