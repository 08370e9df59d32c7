// What every object store must do alike; S3 takes part where its stand-in runs (s3_bucket.h).
#include <stdlib.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <ostream>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/store/local_store.h"
#include "eider/store/memory_store.h"
#include "eider/store/object_store.h"
#include "s3_bucket.h"

namespace eider::store {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A store with nothing below `root`, and whatever must be cleaned up behind it.
class Subject {
 public:
  virtual ~Subject() = default;
  virtual ObjectStore& store() = 0;
  virtual Uri root() const = 0;

  // False: a stand-in that is not running.
  virtual bool is_there() const { return true; }
};

class MemorySubject final : public Subject {
 public:
  ObjectStore& store() override { return store_; }

  Uri root() const override { return Uri{"s3", "bucket", ""}; }

 private:
  MemoryStore store_;
};

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = std::filesystem::temp_directory_path() / "eider-store-XXXXXX";
    path_ = ::mkdtemp(name.data());
  }

  ~TemporaryFolder() { std::filesystem::remove_all(path_); }

  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// A bucket whose folder is not there yet.
class LocalBucketSubject final : public Subject {
 public:
  ObjectStore& store() override { return store_; }

  Uri root() const override { return Uri{"s3", "bucket", ""}; }

 private:
  TemporaryFolder folder_;
  LocalStore store_{{{"bucket", folder_.path() + "/of/bucket"}}};
};

class LocalFileSubject final : public Subject {
 public:
  ObjectStore& store() override { return store_; }

  Uri root() const override { return Uri{"file", "", folder_.path() + "/"}; }

 private:
  TemporaryFolder folder_;
  LocalStore store_{{}};
};

class S3Subject final : public Subject {
 public:
  ObjectStore& store() override { return bucket_.store(); }

  Uri root() const override { return bucket_.At(""); }

  bool is_there() const override { return bucket_.is_there(); }

 private:
  S3Bucket bucket_;
};

struct Implementation {
  std::string name;
  std::function<std::unique_ptr<Subject>()> make;
};

void PrintTo(const Implementation& implementation, std::ostream* out) {
  *out << implementation.name;
}

class StoreContract : public testing::TestWithParam<Implementation> {
 protected:
  void SetUp() override {
    if (!subject->is_there()) GTEST_SKIP() << "EIDER_TEST_S3_ENDPOINT is not set";
  }

  Uri At(const std::string& name) const {
    Uri uri = subject->root();
    uri.key += name;
    return uri;
  }

  void Put(const std::string& name, const std::string& bytes) {
    const Status put = store.Put(At(name), bytes, PutMode::kReplace);
    ASSERT_TRUE(put) << put.error().message;
  }

  std::string Read(const std::string& name) {
    const auto bytes = ReadAll(store, At(name), 1U << 30U);
    return bytes ? *bytes : std::string(CodeName(bytes.error().code));
  }

  std::vector<std::string> List(const std::string& prefix) {
    std::vector<std::string> names;
    const Status listed = store.List(At(prefix), [&](const ObjectInfo& info) {
      EXPECT_EQ(info.uri.scheme, subject->root().scheme);
      EXPECT_TRUE(info.uri.key.starts_with(subject->root().key)) << info.uri.key;
      names.push_back(info.uri.key.substr(subject->root().key.size()));
      return true;
    });
    EXPECT_TRUE(listed) << listed.error().message;
    return names;
  }

  std::unique_ptr<Subject> subject = GetParam().make();
  ObjectStore& store = subject->store();
};

TEST_P(StoreContract, GivesBackWhatWasPut) {
  std::string all_bytes;
  for (int i = 0; i < 256; ++i) all_bytes.push_back(static_cast<char>(i));
  Put("a/deep/er/object", all_bytes);
  EXPECT_EQ(Read("a/deep/er/object"), all_bytes);
  Put("empty", "");
  EXPECT_EQ(Read("empty"), "");
}

TEST_P(StoreContract, TakesKeysByteForByte) {
  const std::vector<std::string> keys = {"it's*[x]?{y}.parquet",
                                         "sp ace/+plus%20&#;=@!",
                                         "日本語/é€𝄞",
                                         "percent%2Fencoded",
                                         "...",
                                         ".hidden",
                                         "a\\b\"c",
                                         "-rf",
                                         "new\nline",
                                         "~$HOME"};
  for (const std::string& key : keys) Put(key, "content of " + key);
  for (const std::string& key : keys) {
    EXPECT_EQ(Read(key), "content of " + key);
    const auto info = store.Stat(At(key));
    ASSERT_TRUE(info) << info.error().message;
    EXPECT_EQ(info->uri, At(key));
  }
  EXPECT_EQ(List("").size(), keys.size());
}

TEST_P(StoreContract, StatTellsSizeAndEtag) {
  Put("object", "12345");
  const auto first = store.Stat(At("object"));
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->size_bytes, 5U);
  EXPECT_FALSE(first->etag.empty());
  EXPECT_EQ(store.Stat(At("object"))->etag, first->etag);
  Put("object", "54321");
  EXPECT_NE(store.Stat(At("object"))->etag, first->etag);
}

TEST_P(StoreContract, WhatIsPutHasNeitherMetadataNorTags) {
  Put("object", "x");
  EXPECT_THAT(store.Stat(At("object"))->metadata, IsEmpty());
  const auto tags = store.Tags(At("object"), "");
  ASSERT_TRUE(tags) << tags.error().message;
  EXPECT_THAT(*tags, IsEmpty());
  const auto none = store.Tags(At("absent"), "");
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Code::kNotFound);
  EXPECT_THAT(none.error().message, HasSubstr(At("absent").ToString()));
}

TEST_P(StoreContract, SaysWhichObjectIsNotThere) {
  Put("folder/object", "x");
  // A folder is no object, and nothing lies below an object.
  for (const char* name : {"absent", "absent/below", "folder", "folder/object/below"}) {
    const auto info = store.Stat(At(name));
    ASSERT_FALSE(info) << name;
    EXPECT_EQ(info.error().code, Code::kNotFound) << name;
    EXPECT_THAT(info.error().message, HasSubstr(At(name).ToString()));
    const auto reader = store.Open(At(name));
    ASSERT_FALSE(reader) << name;
    EXPECT_EQ(reader.error().code, Code::kNotFound) << name;
    EXPECT_THAT(reader.error().message, HasSubstr(At(name).ToString()));
  }
}

TEST_P(StoreContract, ReadsRangesInsideTheObjectOnly) {
  Put("object", "0123456789");
  const auto reader = store.Open(At("object"));
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ((*reader)->info().size_bytes, 10U);
  std::string three(3, ' ');
  ASSERT_TRUE((*reader)->ReadAt(7, three));
  EXPECT_EQ(three, "789");
  ASSERT_TRUE((*reader)->ReadAt(0, three));
  EXPECT_EQ(three, "012");
  EXPECT_TRUE((*reader)->ReadAt(10, std::span<char>()));
  for (const std::uint64_t offset : {std::uint64_t{8}, std::uint64_t{11}, UINT64_MAX}) {
    const Status beyond = (*reader)->ReadAt(offset, three);
    ASSERT_FALSE(beyond) << offset;
    EXPECT_EQ(beyond.error().code, Code::kInvalid);
  }
}

TEST_P(StoreContract, ReadAllHoldsToItsLimit) {
  Put("object", "0123456789");
  EXPECT_TRUE(ReadAll(store, At("object"), 10));
  const auto beyond = ReadAll(store, At("object"), 9);
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error().code, Code::kInvalid);
  EXPECT_THAT(beyond.error().message, HasSubstr(At("object").ToString()));
}

TEST_P(StoreContract, OpensOnlyTheContentThatIsExpected) {
  Put("object", "before");
  const std::string etag = store.Stat(At("object"))->etag;
  const auto reader = store.Open(At("object"), {.etag = etag});
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ((*reader)->info().etag, etag);
  Put("object", "after!");
  const auto late = store.Open(At("object"), {.etag = etag});
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::kConflict);
  EXPECT_THAT(late.error().message, HasSubstr(At("object").ToString()));
  ASSERT_TRUE(store.Remove(At("object")));
  EXPECT_EQ(store.Open(At("object"), {.etag = etag}).error().code, Code::kNotFound);
}

TEST_P(StoreContract, AnOpenReaderKeepsItsContent) {
  Put("object", "before");
  const auto reader = store.Open(At("object"));
  ASSERT_TRUE(reader) << reader.error().message;
  Put("object", "after!");
  std::string bytes(6, ' ');
  const Status read = (*reader)->ReadAt(0, bytes);
  if (read) {
    EXPECT_EQ(bytes, "before");
  } else {
    EXPECT_EQ(read.error().code, Code::kConflict);
  }
  EXPECT_EQ(Read("object"), "after!");
}

TEST_P(StoreContract, PutIfAbsentNeverReplaces) {
  EXPECT_TRUE(store.Put(At("a/object"), "first", PutMode::kIfAbsent));
  const Status again = store.Put(At("a/object"), "second", PutMode::kIfAbsent);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Code::kAlreadyExists);
  EXPECT_EQ(Read("a/object"), "first");
  EXPECT_THAT(List(""), ElementsAre("a/object"));
}

TEST_P(StoreContract, PutIfAbsentHasOneWinner) {
  constexpr int kWriters = 8;
  std::vector<Status> outcomes(kWriters, Fail(Code::kInternal, "not run"));
  {
    std::vector<std::jthread> writers;
    for (int i = 0; i < kWriters; ++i) {
      writers.emplace_back([&, i] {
        outcomes[static_cast<std::size_t>(i)] =
            store.Put(At("race"), std::to_string(i), PutMode::kIfAbsent);
      });
    }
  }
  int winner = -1;
  for (int i = 0; i < kWriters; ++i) {
    const Status& outcome = outcomes[static_cast<std::size_t>(i)];
    if (outcome) {
      EXPECT_EQ(winner, -1);
      winner = i;
    } else {
      EXPECT_EQ(outcome.error().code, Code::kAlreadyExists) << outcome.error().message;
    }
  }
  EXPECT_EQ(Read("race"), std::to_string(winner));
}

TEST_P(StoreContract, ReplacingIsAtomicForReaders) {
  const std::string contents[] = {std::string(100'000, 'a'), std::string(200'000, 'b')};
  Put("object", contents[0]);
  std::jthread writer([&](const std::stop_token& stop) {
    for (std::size_t i = 0; !stop.stop_requested(); ++i) {
      EXPECT_TRUE(store.Put(At("object"), contents[i % 2], PutMode::kReplace));
    }
  });
  for (int i = 0; i < 200; ++i) {
    const std::string read = Read("object");
    ASSERT_TRUE(read == contents[0] || read == contents[1] || read == "conflict") << read.size();
  }
}

TEST_P(StoreContract, AnUploadAppearsWholeOnFinish) {
  auto upload = store.StartUpload(At("a/b/object"));
  ASSERT_TRUE(upload) << upload.error().message;
  std::string expected;
  for (int i = 0; i < 40; ++i) {
    const std::string piece(100'000, static_cast<char>('a' + i % 26));
    ASSERT_TRUE((*upload)->Write(piece));
    expected += piece;
  }
  const std::string large(3'000'000, '!');  // larger than any buffer
  ASSERT_TRUE((*upload)->Write(large));
  ASSERT_TRUE((*upload)->Write("end"));
  EXPECT_FALSE(store.Stat(At("a/b/object")));
  EXPECT_THAT(List(""), IsEmpty());
  const Status finished = (*upload)->Finish();
  ASSERT_TRUE(finished) << finished.error().message;
  EXPECT_TRUE(Read("a/b/object") == expected + large + "end");
  EXPECT_THAT(List(""), ElementsAre("a/b/object"));
}

TEST_P(StoreContract, AnUploadReplacesAndWithoutBytesIsEmpty) {
  Put("object", "before");
  auto upload = store.StartUpload(At("object"));
  ASSERT_TRUE(upload);
  ASSERT_TRUE((*upload)->Finish());
  EXPECT_EQ(Read("object"), "");
}

TEST_P(StoreContract, AnAbandonedUploadLeavesNothing) {
  Put("kept", "before");
  for (const char* name : {"kept", "new"}) {
    auto upload = store.StartUpload(At(name));
    ASSERT_TRUE(upload);
    ASSERT_TRUE((*upload)->Write(std::string(2'000'000, 'x')));
  }
  EXPECT_EQ(Read("kept"), "before");
  EXPECT_THAT(List(""), ElementsAre("kept"));
}

TEST_P(StoreContract, ListsInByteOrderOfKeys) {
  // A local folder cannot have a file and a folder of one name, so there is no "a".
  const std::vector<std::string> keys = {"A",    "a!b", "a-b", "a.b",   "a/b/c!",
                                         "a/b0", "a0b", "ab",  "b/c/d", "é"};
  for (auto key = keys.rbegin(); key != keys.rend(); ++key) Put(*key, "x");
  EXPECT_EQ(List(""), keys);
}

TEST_P(StoreContract, ListsByPrefixNotByFolder) {
  for (const char* key : {"day=1/a", "day=1/b/c", "day=10/a", "day", "night/a"}) Put(key, "1234");
  EXPECT_THAT(List("day"), ElementsAre("day", "day=1/a", "day=1/b/c", "day=10/a"));
  EXPECT_THAT(List("day=1"), ElementsAre("day=1/a", "day=1/b/c", "day=10/a"));
  EXPECT_THAT(List("day=1/"), ElementsAre("day=1/a", "day=1/b/c"));
  EXPECT_THAT(List("day=1/b/c"), ElementsAre("day=1/b/c"));
  EXPECT_THAT(List("day=1/b/c/"), IsEmpty());
  EXPECT_THAT(List("dawn"), IsEmpty());
  EXPECT_THAT(List("absent/folder/"), IsEmpty());
}

TEST_P(StoreContract, ListTellsWhatStatTells) {
  Put("object", "12345");
  const auto info = store.Stat(At("object"));
  ASSERT_TRUE(info);
  int visited = 0;
  ASSERT_TRUE(store.List(At(""), [&](const ObjectInfo& listed) {
    ++visited;
    EXPECT_EQ(listed.uri, info->uri);
    EXPECT_EQ(listed.size_bytes, info->size_bytes);
    EXPECT_EQ(listed.etag, info->etag);
    EXPECT_EQ(listed.version_id, info->version_id);
    EXPECT_EQ(listed.modified, info->modified);
    return true;
  }));
  EXPECT_EQ(visited, 1);
}

TEST_P(StoreContract, ListStopsWhenTheVisitorHasEnough) {
  for (const char* key : {"a/1", "a/2", "b"}) Put(key, "x");
  int visited = 0;
  ASSERT_TRUE(store.List(At(""), [&](const ObjectInfo&) { return ++visited < 2; }));
  EXPECT_EQ(visited, 2);
}

TEST_P(StoreContract, TheVisitorMayUseTheStore) {
  for (const char* key : {"a", "b", "c/d"}) Put(key, "x");
  ASSERT_TRUE(store.List(At(""), [&](const ObjectInfo& info) {
    EXPECT_TRUE(store.Remove(info.uri));
    return true;
  }));
  EXPECT_THAT(List(""), IsEmpty());
}

TEST_P(StoreContract, RemovesOnceAndForAll) {
  Put("folder/object", "x");
  Put("folder/other", "y");
  EXPECT_TRUE(store.Remove(At("folder/object")));
  EXPECT_EQ(Read("folder/object"), "not_found");
  EXPECT_TRUE(store.Remove(At("folder/object")));
  EXPECT_TRUE(store.Remove(At("absent/folder/object")));
  EXPECT_TRUE(store.Remove(At("folder")));  // no object
  EXPECT_THAT(List(""), ElementsAre("folder/other"));
}

TEST_P(StoreContract, RefusesAUriThatNamesNoObject) {
  for (const char* name : {"", "folder/"}) {
    const Status put = store.Put(At(name), "x", PutMode::kReplace);
    ASSERT_FALSE(put) << name;
    EXPECT_EQ(put.error().code, Code::kInvalid) << name;
    const auto upload = store.StartUpload(At(name));
    ASSERT_FALSE(upload) << name;
    EXPECT_EQ(upload.error().code, Code::kInvalid) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Stores, StoreContract,
    testing::Values(
        Implementation{"Memory", [] { return std::make_unique<MemorySubject>(); }},
        Implementation{"LocalBucket", [] { return std::make_unique<LocalBucketSubject>(); }},
        Implementation{"LocalFile", [] { return std::make_unique<LocalFileSubject>(); }},
        Implementation{"S3", [] { return std::make_unique<S3Subject>(); }}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace eider::store
