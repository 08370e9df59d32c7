// What arguments name, in real folders; what events name, in a store in memory.
#include "eider/source/command_line.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/store/local_store.h"
#include "eider/store/memory_store.h"

namespace eider::source {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ListArgumentsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = std::filesystem::canonical(std::filesystem::temp_directory_path()) /
            ("eider_command_line_test." + std::to_string(::getpid()));
    std::filesystem::remove_all(root_);
    for (const char* name : {"src-a/b.parquet", "src-a/a.parquet", "src-a/sub/it's *[x].parquet",
                             "src-a/.hidden", "plain/x.csv", "plain/deep/y.csv"}) {
      std::filesystem::create_directories((root_ / name).parent_path());
      std::ofstream(root_ / name) << "12345";
    }
    std::filesystem::create_directories(root_ / "empty");
  }

  void TearDown() override { std::filesystem::remove_all(root_); }

  Result<Listing> List(const std::vector<std::string>& arguments) {
    store::LocalStore store({{"src-a", root_ / "src-a"}});
    return ListArguments(arguments, {store, store, root_});
  }

  std::vector<std::string> Uris(const std::vector<std::string>& arguments) {
    const auto listing = List(arguments);
    EXPECT_TRUE(listing) << listing.error().message;
    std::vector<std::string> uris;
    if (!listing) return uris;
    for (const FileRef& file : listing->files) uris.push_back(file.uri.ToString());
    for (const Unreachable& file : listing->unreachable) {
      uris.push_back("unreachable " + file.file.uri.ToString());
    }
    return uris;
  }

  std::string FileUri(const std::string& name) { return "file://" + (root_ / name).string(); }

  std::filesystem::path root_;
};

// They are looked for side by side.
TEST_F(ListArgumentsTest, ManyFilesStayInTheOrderInWhichTheyWereNamed) {
  std::vector<std::string> arguments;
  std::vector<std::string> there;
  std::vector<std::string> missing;
  for (int i = 0; i < 200; ++i) {
    const std::string name = "many/" + std::to_string(i * 37 % 200);
    const bool is_there = i % 3 != 0;
    if (is_there) {
      std::filesystem::create_directories(root_ / "src-a/many");
      std::ofstream(root_ / "src-a" / name) << "1";
    }
    arguments.push_back("s3://src-a/" + name);
    is_there ? there.push_back(arguments.back())
             : missing.push_back("unreachable " + arguments.back());
  }
  there.insert(there.end(), missing.begin(), missing.end());
  EXPECT_EQ(Uris(arguments), there);
}

TEST_F(ListArgumentsTest, NamesOneObject) {
  EXPECT_THAT(Uris({"s3://src-a/a.parquet"}), ElementsAre("s3://src-a/a.parquet"));
  EXPECT_THAT(Uris({"s3://src-a/sub/it's *[x].parquet"}),
              ElementsAre("s3://src-a/sub/it's *[x].parquet"));
  const auto listing = List({"s3://src-a/a.parquet"});
  ASSERT_TRUE(listing);
  EXPECT_EQ(listing->files[0].size_bytes, 5U);
  EXPECT_FALSE(listing->files[0].etag.empty());
}

TEST_F(ListArgumentsTest, ListsEveryObjectBelowAPrefixInOrder) {
  for (const std::string argument : {"s3://src-a/", "s3://src-a", "src-a", "src-a/", "./src-a/."}) {
    EXPECT_THAT(Uris({argument}),
                ElementsAre("s3://src-a/.hidden", "s3://src-a/a.parquet", "s3://src-a/b.parquet",
                            "s3://src-a/sub/it's *[x].parquet"))
        << argument;
  }
  EXPECT_THAT(Uris({"s3://src-a/sub/"}), ElementsAre("s3://src-a/sub/it's *[x].parquet"));
}

TEST_F(ListArgumentsTest, LocalPathBelowABucketIsTheBucketsObject) {
  EXPECT_THAT(Uris({"src-a/a.parquet"}), ElementsAre("s3://src-a/a.parquet"));
  EXPECT_THAT(Uris({FileUri("src-a/a.parquet")}), ElementsAre("s3://src-a/a.parquet"));
  EXPECT_THAT(Uris({"plain/../src-a/sub"}), ElementsAre("s3://src-a/sub/it's *[x].parquet"));
}

TEST_F(ListArgumentsTest, OtherLocalPathsAreFiles) {
  EXPECT_THAT(Uris({"plain/x.csv"}), ElementsAre(FileUri("plain/x.csv")));
  EXPECT_THAT(Uris({(root_ / "plain").string()}),
              ElementsAre(FileUri("plain/deep/y.csv"), FileUri("plain/x.csv")));
}

// Seen: a FIFO in a folder was passed over without a word.
TEST_F(ListArgumentsTest, FifosAndSocketsAreNamed) {
  ASSERT_EQ(::mkfifo((root_ / "src-a/sub/pipe").c_str(), 0600), 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  ASSERT_LT((root_ / "plain/sock").string().copy(address.sun_path, sizeof address.sun_path - 1),
            sizeof address.sun_path - 1);
  const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::close(socket);
  EXPECT_THAT(List({"s3://src-a/"})->passed_over.names, ElementsAre("s3://src-a/sub/pipe (FIFO)"));
  EXPECT_THAT(List({"s3://src-a/", "s3://src-a/sub/"})->passed_over.names,
              ElementsAre("s3://src-a/sub/pipe (FIFO)"));
  EXPECT_THAT(List({"plain"})->passed_over.names, ElementsAre(FileUri("plain/sock") + " (socket)"));
  EXPECT_THAT(Uris({"plain"}), ElementsAre(FileUri("plain/deep/y.csv"), FileUri("plain/x.csv")));
  for (int n = 0; n < 12; ++n) {
    ASSERT_EQ(::mkfifo((root_ / "src-a" / ("fifo" + std::to_string(n))).c_str(), 0600), 0);
  }
  const auto many = List({"s3://src-a/"});
  EXPECT_EQ(many->passed_over.names.size(), 10U);
  EXPECT_EQ(many->passed_over.count, 13U);
}

TEST_F(ListArgumentsTest, KeepsTheOrderNamedAndEachOnce) {
  EXPECT_THAT(Uris({"s3://src-a/b.parquet", "plain/x.csv", "src-a", "s3://src-a/b.parquet"}),
              ElementsAre("s3://src-a/b.parquet", FileUri("plain/x.csv"), "s3://src-a/.hidden",
                          "s3://src-a/a.parquet", "s3://src-a/sub/it's *[x].parquet"));
}

TEST_F(ListArgumentsTest, MissingOnesAreUnreachableAndStopNobody) {
  const auto listing = List({"s3://src-a/none.parquet", "plain/none.csv", "s3://src-a/none/",
                             "empty", "plain/x.csv", "s3://src-a/sub"});
  ASSERT_TRUE(listing) << listing.error().message;
  EXPECT_EQ(listing->files.size(), 1U);
  ASSERT_EQ(listing->unreachable.size(), 5U);
  for (const Unreachable& file : listing->unreachable) {
    EXPECT_EQ(file.error.code, Code::kNotFound) << file.error.message;
    EXPECT_THAT(file.error.message, HasSubstr(file.file.uri.ToString()));
  }
  EXPECT_EQ(listing->unreachable[2].error.message, "no objects below s3://src-a/none/");
}

TEST_F(ListArgumentsTest, BucketWithoutAFolderIsUnreachable) {
  const auto listing = List({"s3://elsewhere/x", "s3://elsewhere/y/", "plain/x.csv"});
  ASSERT_TRUE(listing) << listing.error().message;
  EXPECT_EQ(listing->files.size(), 1U);
  ASSERT_EQ(listing->unreachable.size(), 2U);
  EXPECT_THAT(listing->unreachable[0].error.message, HasSubstr("elsewhere"));
}

TEST_F(ListArgumentsTest, RefusesWhatIsNoUriOrPath) {
  for (const std::string argument : {"", "http://host/x", "s3://", "s3:///x", "file:x"}) {
    const auto listing = List({"plain/x.csv", argument});
    ASSERT_FALSE(listing) << argument;
    EXPECT_EQ(listing.error().code, Code::kInvalid);
  }
}

// Objects in memory that pass for S3's; asking for one is a failure.
class UnaskedStore final : public store::MemoryStore {
 public:
  Result<store::ObjectInfo> Stat(const Uri& uri) override {
    ADD_FAILURE() << "asked for " << uri.ToString();
    return store::MemoryStore::Stat(uri);
  }

  bool HasEtagsOfS3(const Uri& /*uri*/) const override { return true; }
};

TEST(Complete, AsksNothingAboutAnObjectOfS3WhoseEventTellsAll) {
  UnaskedStore store;
  FileRef file;
  file.uri = Uri{"s3", "b", "k"};
  file.etag = "0c1f5a0d2f7b4f6c8f1d3a5b7c9e0d1f";
  file.version_id = "v1";
  file.size_bytes = 7;
  file.sequencer = "0A";
  const Listing listing = Complete({file}, store);
  ASSERT_EQ(listing.files.size(), 1U);
  EXPECT_EQ(listing.files[0].Version(), "version:v1");
  EXPECT_EQ(listing.files[0].etag, file.etag);
  EXPECT_EQ(listing.files[0].size_bytes, 7U);
  EXPECT_EQ(listing.files[0].sequencer, "0A");
}

class CompleteTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(store_.Put(*Uri::Parse("s3://b/k"), "12345", store::PutMode::kReplace));
    present_ = store_.Stat(*Uri::Parse("s3://b/k"))->etag;
  }

  Listing CompleteOne(const std::string& key, const std::string& etag, std::uint64_t size_bytes) {
    FileRef file;
    file.uri = Uri{"s3", "b", key};
    file.etag = etag;
    file.size_bytes = size_bytes;
    file.sequencer = "0A";
    return Complete({file}, store_);
  }

  store::MemoryStore store_;
  std::string present_;
};

TEST_F(CompleteTest, TakesSizeAndEtagFromTheStore) {
  for (const std::string& etag : {std::string(), present_}) {
    const Listing listing = CompleteOne("k", etag, 0);
    ASSERT_EQ(listing.files.size(), 1U);
    EXPECT_EQ(listing.files[0].size_bytes, 5U);
    EXPECT_EQ(listing.files[0].etag, present_);
    EXPECT_EQ(listing.files[0].sequencer, "0A");
    EXPECT_THAT(listing.unreachable, IsEmpty());
  }
}

TEST_F(CompleteTest, ReplacedObjectIsSuperseded) {
  const Listing listing = CompleteOne("k", "5-3456-1700000000000000000", 5);
  ASSERT_EQ(listing.unreachable.size(), 1U);
  EXPECT_EQ(listing.unreachable[0].error.code, Code::kConflict);
  EXPECT_THAT(listing.unreachable[0].error.message, HasSubstr("superseded"));
  EXPECT_THAT(listing.unreachable[0].error.message, HasSubstr("s3://b/k"));
}

// An event of S3, replayed against a local folder: the ETags are of different kinds. Seen: one
// that had not S3's form either counted as replaced, and the event was settled.
TEST_F(CompleteTest, AForeignEtagIsJudgedBySizeWhereTheStoreHasOthers) {
  const std::string md5 = "0c1f5a0d2f7b4f6c8f1d3a5b7c9e0d1f";
  for (const std::string& etag : {md5, md5 + "-3", std::string("v1"), std::string("5-77"),
                                  std::string("W/\"abc\""), std::string(64, 'f')}) {
    EXPECT_EQ(CompleteOne("k", etag, 5).files.size(), 1U) << etag;
    EXPECT_EQ(CompleteOne("k", etag, 0).files.size(), 1U) << etag;
    EXPECT_EQ(CompleteOne("k", etag, 6).unreachable.size(), 1U) << etag;
  }
}

TEST_F(CompleteTest, ObjectThatIsGoneIsNotFound) {
  const Listing listing = CompleteOne("gone", "", 5);
  ASSERT_EQ(listing.unreachable.size(), 1U);
  EXPECT_EQ(listing.unreachable[0].error.code, Code::kNotFound);
  EXPECT_THAT(listing.unreachable[0].error.message, HasSubstr("gone since its event"));
}

}  // namespace
}  // namespace eider::source
