// Opening ahead: the right content, once, and no wait for what nobody wants.
#include "eider/store/prefetch.h"

#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/store/memory_store.h"
#include "eider/store/object_store.h"

namespace eider::store {
namespace {

// A store whose objects never open until somebody stops them.
class StuckStore final : public ObjectStore {
 public:
  Result<ObjectInfo> Stat(const Uri& /*uri*/) override { return Fail(Code::kNotFound, "none"); }

  Result<std::unique_ptr<ObjectReader>> Open(const Uri& /*uri*/,
                                             const OpenOptions& options) override {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait(lock, options.stop, [] { return false; });
    return Fail(Code::kCancelled, "stopped");
  }

  Result<std::map<std::string, std::string>> Tags(const Uri& /*uri*/,
                                                  const std::string& /*version_id*/) override {
    return Fail(Code::kNotFound, "none");
  }

  Status Put(const Uri& /*uri*/, std::string_view /*bytes*/, PutMode /*mode*/) override {
    return {};
  }

  Result<std::unique_ptr<ObjectUpload>> StartUpload(const Uri& /*uri*/) override {
    return Fail(Code::kDenied, "none");
  }

  Status List(const Uri& /*prefix*/,
              const std::function<bool(const ObjectInfo&)>& /*visit*/) override {
    return {};
  }

  Status Remove(const Uri& /*uri*/) override { return {}; }

  bool HasEtagsOfS3(const Uri& /*uri*/) const override { return true; }

  Status Sync(std::span<const Uri> /*objects*/) override { return {}; }
};

FileRef FileAt(const Uri& uri, std::string etag = "") {
  FileRef file;
  file.uri = uri;
  file.etag = std::move(etag);
  return file;
}

TEST(Prefetch, GivesTheSameReaderToAll) {
  MemoryStore store;
  const Uri uri{"s3", "b", "k"};
  ASSERT_TRUE(store.Put(uri, "content", PutMode::kReplace));
  const Prefetch prefetch(store, FileAt(uri), {});
  const auto reader = prefetch.Reader();
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ((*reader)->info().size_bytes, 7U);
  EXPECT_EQ(prefetch.Reader()->get(), reader->get());
}

TEST(Prefetch, OpensTheContentOfTheFileOnly) {
  MemoryStore store;
  const Uri uri{"s3", "b", "k"};
  ASSERT_TRUE(store.Put(uri, "old", PutMode::kReplace));
  const std::string etag = store.Stat(uri)->etag;
  ASSERT_TRUE(store.Put(uri, "new", PutMode::kReplace));
  const Prefetch prefetch(store, FileAt(uri, etag), {});
  const auto reader = prefetch.Reader();
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code, Code::kConflict);
}

TEST(Prefetch, EndsWithoutWaitingForWhatNobodyWants) {
  StuckStore store;
  const auto started = std::chrono::steady_clock::now();
  { const Prefetch prefetch(store, FileAt({"s3", "b", "k"}), {}); }
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(10));
}

TEST(Prefetch, IsStoppedFromOutside) {
  StuckStore store;
  std::stop_source stop;
  const Prefetch prefetch(store, FileAt({"s3", "b", "k"}), stop.get_token());
  stop.request_stop();
  const auto reader = prefetch.Reader();
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().code, Code::kCancelled);
}

}  // namespace
}  // namespace eider::store
