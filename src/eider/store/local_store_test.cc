// What is special about local files: no key leaves its bucket, folders, links, rights, names.
#include "eider/store/local_store.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/store/local_file.h"
#include "eider/store/local_path.h"
#include "eider/store/object_store.h"

namespace eider::store {
namespace {

namespace fs = std::filesystem;

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr uid_t kNobody = 65534;

// Root may read everything: the tests of rights run as somebody else.
class Unprivileged {
 public:
  Unprivileged() {
    if (was_root_) {
      EXPECT_EQ(::seteuid(kNobody), 0);
    }
  }

  ~Unprivileged() {
    if (was_root_) {
      EXPECT_EQ(::seteuid(0), 0);
    }
  }

  Unprivileged(const Unprivileged&) = delete;
  Unprivileged& operator=(const Unprivileged&) = delete;

 private:
  bool was_root_ = ::geteuid() == 0;
};

class LocalStoreTest : public testing::Test {
 protected:
  LocalStoreTest() {
    std::string name = fs::temp_directory_path() / "eider-local-XXXXXX";
    folder = ::mkdtemp(name.data());
    fs::permissions(folder, fs::perms::all);
    fs::create_directory(folder / "bucket");
    fs::permissions(folder / "bucket", fs::perms::all);
    Write(folder / "secret", "outside");
  }

  ~LocalStoreTest() override { fs::remove_all(folder); }

  static void Write(const fs::path& path, const std::string& text) { std::ofstream(path) << text; }

  static Uri At(const std::string& key) { return Uri{"s3", "b", key}; }

  Code PutCode(const Uri& uri) {
    const Status put = store->Put(uri, "x", PutMode::kReplace);
    return put ? Code::kInternal : put.error().code;
  }

  Code StatCode(const Uri& uri) {
    const auto info = store->Stat(uri);
    return info ? Code::kInternal : info.error().code;
  }

  std::vector<std::string> ListBelow(const std::string& prefix) {
    std::vector<std::string> keys;
    const Status listed = store->List(At(prefix), [&](const ObjectInfo& info) {
      keys.push_back(info.uri.key);
      return true;
    });
    EXPECT_TRUE(listed) << listed.error().message;
    return keys;
  }

  std::vector<std::string> NamesIn(const fs::path& path) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(path)) names.push_back(entry.path().filename());
    return names;
  }

  fs::path folder;
  std::unique_ptr<LocalStore> store;

  void SetUp() override {
    store =
        std::make_unique<LocalStore>(std::map<std::string, std::string>{{"b", folder / "bucket"}});
  }
};

TEST_F(LocalStoreTest, RefusesKeysThatCouldLeaveTheBucket) {
  for (const std::string& key :
       {std::string("../secret"), std::string("a/../../secret"), std::string("a/../b"),
        std::string(".."), std::string("."), std::string("./a"), std::string("/etc/passwd"),
        std::string("a//b"), std::string("a/"), std::string(), std::string("a\0b", 3)}) {
    EXPECT_EQ(StatCode(At(key)), Code::kInvalid) << key;
    EXPECT_EQ(PutCode(At(key)), Code::kInvalid) << key;
    EXPECT_EQ(store->Open(At(key)).error().code, Code::kInvalid) << key;
    EXPECT_EQ(store->StartUpload(At(key)).error().code, Code::kInvalid) << key;
    EXPECT_EQ(store->Remove(At(key)).error().code, Code::kInvalid) << key;
  }
  for (const char* prefix : {"../", "a/../", "/", "/etc/", "a//"}) {
    const Status listed = store->List(At(prefix), [](const ObjectInfo&) { return true; });
    ASSERT_FALSE(listed) << prefix;
    EXPECT_EQ(listed.error().code, Code::kInvalid) << prefix;
  }
  EXPECT_THAT(NamesIn(folder / "bucket"), IsEmpty());
}

TEST_F(LocalStoreTest, FollowsNoLinkOutOfTheBucket) {
  fs::create_symlink(folder, folder / "bucket" / "up");
  fs::create_symlink("../secret", folder / "bucket" / "relative");
  fs::create_symlink(folder / "secret", folder / "bucket" / "absolute");
  for (const char* key : {"up/secret", "relative", "absolute"}) {
    EXPECT_EQ(StatCode(At(key)), Code::kDenied) << key;
    const auto reader = store->Open(At(key));
    ASSERT_FALSE(reader) << key;
    EXPECT_THAT(reader.error().message, HasSubstr("leads out of its bucket's folder")) << key;
  }
  EXPECT_EQ(PutCode(At("up/new")), Code::kDenied);
  EXPECT_EQ(PutCode(At("up/new/deeper")), Code::kDenied);
  EXPECT_EQ(store->Remove(At("up/secret")).error().code, Code::kDenied);
  EXPECT_THAT(ListBelow(""), IsEmpty());
  EXPECT_FALSE(fs::exists(folder / "new"));
  EXPECT_TRUE(fs::exists(folder / "secret"));

  // Writing to a link replaces the link, not what it points at.
  ASSERT_TRUE(store->Put(At("absolute"), "inside", PutMode::kReplace));
  EXPECT_EQ(*ReadAll(*store, At("absolute"), 100), "inside");
  EXPECT_EQ(*ReadAll(*store, Uri{"file", "", folder / "secret"}, 100), "outside");
}

TEST_F(LocalStoreTest, FollowsLinksInsideTheBucket) {
  ASSERT_TRUE(store->Put(At("real/file"), "x", PutMode::kReplace));
  fs::create_symlink("real", folder / "bucket" / "folder_link");
  fs::create_symlink("real/file", folder / "bucket" / "file_link");
  fs::create_symlink("gone", folder / "bucket" / "broken_link");
  fs::create_symlink(".", folder / "bucket" / "loop");
  fs::create_symlink("self", folder / "bucket" / "self");
  EXPECT_EQ(*ReadAll(*store, At("folder_link/file"), 100), "x");
  EXPECT_EQ(*ReadAll(*store, At("file_link"), 100), "x");
  EXPECT_EQ(StatCode(At("broken_link")), Code::kNotFound);
  EXPECT_THAT(ListBelow(""), ElementsAre("file_link", "real/file"));
}

TEST_F(LocalStoreTest, NamesBucketsWithoutAFolder) {
  const auto info = store->Stat(Uri{"s3", "other", "key"});
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().code, Code::kInvalid);
  EXPECT_THAT(info.error().message, HasSubstr("(those that have one: b): s3://other/key"));
}

TEST_F(LocalStoreTest, SaysUriAndPathOfAMissingFile) {
  const auto info = store->Stat(At("absent"));
  ASSERT_FALSE(info);
  EXPECT_THAT(info.error().message, HasSubstr("s3://b/absent"));
  EXPECT_THAT(info.error().message, HasSubstr((folder / "bucket" / "absent").string()));
}

TEST_F(LocalStoreTest, WhatIsNoRegularFileIsNoObject) {
  fs::create_directory(folder / "bucket" / "folder");
  ASSERT_EQ(::mkfifo((folder / "bucket" / "pipe").c_str(), 0600), 0);
  for (const char* key : {"folder", "pipe"}) {
    EXPECT_EQ(StatCode(At(key)), Code::kNotFound) << key;
    EXPECT_EQ(store->Open(At(key)).error().code, Code::kNotFound) << key;
  }
  EXPECT_THAT(ListBelow(""), IsEmpty());
  EXPECT_EQ(PutCode(At("folder")), Code::kInvalid);
  Write(folder / "bucket" / "file", "x");
  EXPECT_EQ(PutCode(At("file/below")), Code::kInvalid);
  EXPECT_THAT(NamesIn(folder / "bucket"), testing::UnorderedElementsAre("folder", "pipe", "file"));
}

TEST_F(LocalStoreTest, SaysWhatMayNotBeRead) {
  ASSERT_TRUE(store->Put(At("closed/file"), "x", PutMode::kReplace));
  ASSERT_TRUE(store->Put(At("file"), "x", PutMode::kReplace));
  fs::permissions(folder / "bucket" / "file", fs::perms::none);
  for (const auto rights : {fs::perms::none, fs::perms::owner_read | fs::perms::others_read}) {
    fs::permissions(folder / "bucket" / "closed", rights);
    const Unprivileged unprivileged;
    EXPECT_EQ(StatCode(At("closed/file")), Code::kDenied);
    EXPECT_EQ(store->Open(At("file")).error().code, Code::kDenied);
    EXPECT_EQ(PutCode(At("closed/new")), Code::kDenied);
    const Status listed = store->List(At(""), [](const ObjectInfo&) { return true; });
    ASSERT_FALSE(listed);
    EXPECT_EQ(listed.error().code, Code::kDenied);
    EXPECT_THAT(listed.error().message, HasSubstr((folder / "bucket" / "closed").string()));
  }
  fs::permissions(folder / "bucket" / "closed", fs::perms::all);
}

TEST_F(LocalStoreTest, TakesNamesOf255BytesAndNoLonger) {
  const std::string longest(255, 'n');
  ASSERT_TRUE(store->Put(At("a/" + longest + "/" + longest), "x", PutMode::kReplace));
  EXPECT_THAT(ListBelow(""), ElementsAre("a/" + longest + "/" + longest));
  for (const std::string& key : {longest + "n", "a/" + longest + "n/b"}) {
    EXPECT_EQ(PutCode(At(key)), Code::kInvalid);
    EXPECT_EQ(StatCode(At(key)), Code::kInvalid);
  }
  EXPECT_EQ(PutCode(Uri{"file", "", folder / (longest + "n")}), Code::kInvalid);
}

TEST_F(LocalStoreTest, PassesOverUnfinishedUploads) {
  auto upload = store->StartUpload(At("a/file"));
  ASSERT_TRUE(upload);
  const auto names = NamesIn(folder / "bucket" / "a");
  ASSERT_EQ(names.size(), 1U);
  EXPECT_THAT(names[0], testing::MatchesRegex("\\.file\\.[0-9a-f]+\\.eider-tmp"));
  EXPECT_THAT(ListBelow(""), IsEmpty());
  EXPECT_EQ(PutCode(At("a/.x.eider-tmp")), Code::kInvalid);
  upload->reset();
  EXPECT_THAT(NamesIn(folder / "bucket" / "a"), IsEmpty());
}

TEST_F(LocalStoreTest, NoticesAFileChangedInPlace) {
  Write(folder / "bucket" / "file", "0123456789");
  const auto reader = store->Open(At("file"));
  ASSERT_TRUE(reader);
  fs::resize_file(folder / "bucket" / "file", 4);
  std::string bytes(10, ' ');
  const Status read = (*reader)->ReadAt(0, bytes);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::kConflict);
}

TEST_F(LocalStoreTest, ReadsBeyondTwoGibibytes) {
  constexpr std::uint64_t kSize = (std::uint64_t{5} << 30U) + 3;
  Write(folder / "bucket" / "sparse", "");
  fs::resize_file(folder / "bucket" / "sparse", kSize);
  {
    std::fstream file(folder / "bucket" / "sparse", std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(kSize - 3));
    file << "end";
  }
  const auto reader = store->Open(At("sparse"));
  ASSERT_TRUE(reader);
  EXPECT_EQ((*reader)->info().size_bytes, kSize);
  std::string bytes(4, ' ');
  ASSERT_TRUE((*reader)->ReadAt(kSize - 4, bytes));
  EXPECT_EQ(bytes, std::string("\0end", 4));
}

TEST_F(LocalStoreTest, MakesEtagsOfSizeInodeAndTime) {
  Write(folder / "bucket" / "file", "12345");

  struct stat status {};

  ASSERT_EQ(::stat((folder / "bucket" / "file").c_str(), &status), 0);
  const auto info = store->Stat(At("file"));
  ASSERT_TRUE(info);
  const long long nanoseconds = status.st_mtim.tv_sec * 1'000'000'000LL + status.st_mtim.tv_nsec;
  EXPECT_EQ(info->etag, "5-" + std::to_string(status.st_ino) + "-" + std::to_string(nanoseconds));
  EXPECT_EQ(UnixMillis(info->modified), nanoseconds / 1'000'000);
}

TEST_F(LocalStoreTest, KnowsItsEtagsByTheirForm) {
  for (const char* own : {"0-1-0", "12-3456-1700000000000000000", "12-3456--5"}) {
    EXPECT_TRUE(IsLocalEtag(own)) << own;
  }
  for (const char* other :
       {"", "0c1f5a0d2f7b4f6c8f1d3a5b7c9e0d1f", "0c1f5a0d2f7b4f6c8f1d3a5b7c9e0d1f-3", "12-3456",
        "12-3456-", "12-3456-7-8", "-12-3456-7", "12--3456-7", "12-3456-7x", "12 3456 7", "v1"}) {
    EXPECT_FALSE(IsLocalEtag(other)) << other;
  }
}

TEST_F(LocalStoreTest, KnowsTheTrueUriOfAPath) {
  fs::create_directory(folder / "bucket" / "inner");
  fs::create_directory_symlink(folder / "bucket", folder / "alias");
  const LocalStore nested({{"b", folder / "bucket/"}, {"i", folder / "bucket" / "inner"}});
  const std::string bucket = folder / "bucket";
  EXPECT_EQ(nested.UriOfPath(bucket + "/a/it's*.csv").ToString(), "s3://b/a/it's*.csv");
  EXPECT_EQ(nested.UriOfPath(bucket + "/x/../a//b").ToString(), "s3://b/a/b");
  EXPECT_EQ(nested.UriOfPath(bucket + "/inner/a").ToString(), "s3://i/a");
  EXPECT_EQ(nested.UriOfPath(bucket).ToString(), "s3://b/");
  EXPECT_EQ(nested.UriOfPath(bucket + "/sub/").ToString(), "s3://b/sub/");
  EXPECT_EQ(nested.UriOfPath(bucket + "2/a").ToString(), "file://" + bucket + "2/a");
  EXPECT_EQ(nested.UriOfPath(folder / "alias" / "a").ToString(), "s3://b/a");
  EXPECT_EQ(nested.UriOfPath("/etc/hosts").ToString(), "file:///etc/hosts");
}

TEST_F(LocalStoreTest, MakesMissingFoldersOfFileUris) {
  const Uri uri{"file", "", folder / "x//y/z"};
  ASSERT_TRUE(store->Put(uri, "x", PutMode::kReplace));
  EXPECT_EQ(*ReadAll(*store, uri, 10), "x");
  EXPECT_TRUE(fs::exists(folder / "x" / "y" / "z"));
  EXPECT_EQ(PutCode(Uri{"file", "", "relative"}), Code::kInvalid);
}

// Where the kernel cannot resolve a path beneath a root, no link is followed at all.
TEST_F(LocalStoreTest, PathsAreWalkedByHandWhereTheKernelCannot) {
  ASSERT_TRUE(store->Put(At("a/b/file"), "x", PutMode::kReplace));
  fs::create_symlink(folder, folder / "bucket" / "up");
  fs::create_symlink("a", folder / "bucket" / "inside");
  const auto open = [&](const std::string& path) {
    const auto file = OpenPath({folder / "bucket", path}, O_RDONLY, Resolver::kByHand);
    return file ? std::string("open") : std::string(CodeName(file.error().code));
  };
  EXPECT_EQ(open("a/b/file"), "open");
  EXPECT_EQ(open("a/b"), "open");
  EXPECT_EQ(open("."), "open");
  EXPECT_EQ(open("a/absent"), "not_found");
  EXPECT_EQ(open("up"), "denied");
  EXPECT_EQ(open("../secret"), "denied");
  EXPECT_NE(open("up/secret"), "open");
  EXPECT_NE(open("inside/b/file"), "open");
  EXPECT_TRUE(OpenOrMakeFolder({folder / "bucket", "m/n"}, Resolver::kByHand));
  EXPECT_TRUE(fs::is_directory(folder / "bucket" / "m" / "n"));
  EXPECT_FALSE(OpenOrMakeFolder({folder / "bucket", "up/n"}, Resolver::kByHand));
  EXPECT_FALSE(fs::exists(folder / "n"));
}

TEST(ErrnoError, SaysWhatTheCallerCanDo) {
  EXPECT_EQ(ErrnoError(ENOSPC, "write", "/p").code, Code::kUnavailable);
  EXPECT_EQ(ErrnoError(EMFILE, "open", "/p").code, Code::kUnavailable);
  EXPECT_EQ(ErrnoError(EROFS, "write", "/p").code, Code::kDenied);
  EXPECT_EQ(ErrnoError(ENOSPC, "write", "/p").message, "cannot write, No space left on device: /p");
}

// Seen: with its folder not mounted, every file of a bucket was "gone since its event".
TEST_F(LocalStoreTest, AFileBelowAMissingFolderIsNotGone) {
  fs::remove_all(folder / "bucket");
  for (const bool is_file : {false, true}) {
    if (is_file) Write(folder / "bucket", "in its place");
    EXPECT_EQ(StatCode(At("k")), Code::kInvalid);
    EXPECT_EQ(store->Open(At("k")).error().code, Code::kInvalid);
    EXPECT_EQ(store->Tags(At("k"), "").error().code, Code::kInvalid);
    EXPECT_FALSE(store->Remove(At("k")));
    const Status listed = store->List(At(""), [](const ObjectInfo&) { return true; });
    ASSERT_FALSE(listed);
    EXPECT_EQ(listed.error().code, Code::kInvalid);
    EXPECT_NE(listed.error().message.find(folder / "bucket"), std::string::npos);
  }
  fs::remove(folder / "bucket");
  fs::create_directory(folder / "bucket");
  EXPECT_EQ(StatCode(At("k")), Code::kNotFound);
  EXPECT_EQ(StatCode(At("folder/k")), Code::kNotFound);
  EXPECT_TRUE(store->Remove(At("k")));
}

TEST_F(LocalStoreTest, MovesOneContentAndNoOther) {
  ASSERT_TRUE(store->Put(At("in/a"), "rows", PutMode::kReplace));
  const std::string etag = store->Stat(At("in/a"))->etag;
  const Uri elsewhere{"file", "", folder / "done/by/a"};
  const Status late = store->Move(At("in/a"), {.etag = "another"}, elsewhere);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::kConflict);
  ASSERT_TRUE(store->Move(At("in/a"), {.etag = etag}, elsewhere));
  EXPECT_EQ(*ReadAll(*store, elsewhere, 100), "rows");
  EXPECT_EQ(store->Stat(elsewhere)->etag, etag) << "it is the same file";
  EXPECT_EQ(StatCode(At("in/a")), Code::kNotFound);
  EXPECT_EQ(store->Move(At("in/a"), {.etag = etag}, elsewhere).error().code, Code::kNotFound);
}

TEST_F(LocalStoreTest, CopiesAndRemovesOneContentAndNoOther) {
  const std::string large(9U << 20U, 'x');
  ASSERT_TRUE(store->Put(At("in/a"), large, PutMode::kReplace));
  const std::string etag = store->Stat(At("in/a"))->etag;
  EXPECT_EQ(store->Copy(At("in/a"), {.etag = "another"}, At("b")).error().code, Code::kConflict);
  ASSERT_TRUE(store->Copy(At("in/a"), {.etag = etag}, At("b")));
  EXPECT_TRUE(*ReadAll(*store, At("b"), large.size()) == large);
  EXPECT_EQ(store->RemoveIf(At("in/a"), "another").error().code, Code::kConflict);
  ASSERT_TRUE(store->RemoveIf(At("in/a"), etag));
  ASSERT_TRUE(store->RemoveIf(At("in/a"), etag)) << "it is gone already";
  EXPECT_EQ(store->SetTags(At("b"), "", {{"a", "b"}}).error().code, Code::kUnsupported);
}

}  // namespace
}  // namespace eider::store
