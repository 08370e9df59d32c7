// Events as S3 and MinIO send them, and as nobody should.
#include "eider/source/s3_event.h"

#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"
#include "eider/source/testing/golden_event.h"

namespace eider::source {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A record of a created object, with `object` as its JSON members.
std::string Created(std::string_view object, std::string_view name = "ObjectCreated:Put") {
  return fmt::format(
      R"({{"eventSource":"aws:s3","eventName":"{}","s3":{{"bucket":{{"name":"b"}},"object":{{{}}}}}}})",
      name, object);
}

S3Event Parse(const std::vector<std::string>& records) {
  std::string list;
  for (const std::string& record : records) list += (list.empty() ? "" : ",") + record;
  auto event = ParseS3Event(R"({"Records":[)" + list + "]}");
  EXPECT_TRUE(event) << event.error().message;
  return event ? *std::move(event) : S3Event{};
}

TEST(S3Event, ReadsTheDocumentedStructure) {
  const auto event = ParseS3Event(GoldenEvent("s3_put_and_remove.json"));
  ASSERT_TRUE(event) << event.error().message;
  ASSERT_EQ(event->files.size(), 1U);
  const FileRef& file = event->files[0];
  EXPECT_EQ(file.uri.ToString(), "s3://src-a/orders/it's a day+1/ñ-🦆[x].parquet");
  EXPECT_EQ(file.size_bytes, 143'871U);
  EXPECT_EQ(file.etag, "0c1f5a0d2f7b4f6c8f1d3a5b7c9e0d1f");
  EXPECT_EQ(file.version_id, "3sL4kqtJlcpXroDTDmJ-rmSpXd3dIbrHY");
  EXPECT_EQ(file.sequencer, "0065A1B2C3D4E5F607");
  EXPECT_EQ(event->ignored, 1);
  EXPECT_THAT(event->bad_records, IsEmpty());
}

TEST(S3Event, APieceStandsBesideTheRecords) {
  FileRef file;
  file.uri = {"s3", "src-a", "large.csv"};
  const auto event = ParseS3Event(S3EventOf(file, FilePiece{3, 8, "2f6d-1"}));
  ASSERT_TRUE(event) << event.error().message;
  EXPECT_EQ(event->piece, (FilePiece{3, 8, "2f6d-1"}));
  EXPECT_FALSE(ParseS3Event(S3EventOf(file))->piece);
  for (const FilePiece& wrong :
       {FilePiece{0, 8, "a"}, FilePiece{9, 8, "a"}, FilePiece{1, 1'000'000, "a"}, FilePiece{1, 8},
        FilePiece{1, 8, "../b"}, FilePiece{1, 8, std::string(37, 'a')}}) {
    const auto none = ParseS3Event(S3EventOf(file, wrong));
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code, Code::kCorrupt);
  }
}

TEST(S3Event, WritesWhatIsReadAsTheSameFile) {
  FileRef file;
  file.uri = {"s3", "src-a", "orders/it's a day+1/%41 ñ-🦆[x]?&.parquet"};
  file.size_bytes = 5'000'000'000;
  file.etag = "0c1f5a0d2f7b4f6c8f1d3a5b7c9e0d1f-7";
  file.version_id = "3sL4kqtJlcpXroDTDmJ-rmSpXd3dIbrHY";
  file.sequencer = "0065A1B2C3D4E5F607";
  const auto is_read = [&] {
    const auto event = ParseS3Event(S3EventOf(file));
    ASSERT_TRUE(event) << event.error().message;
    ASSERT_EQ(event->files.size(), 1U);
    const FileRef& read = event->files.front();
    EXPECT_EQ(read.uri, file.uri);
    EXPECT_EQ(read.size_bytes, file.size_bytes);
    EXPECT_EQ(read.etag, file.etag);
    EXPECT_EQ(read.version_id, file.version_id);
    EXPECT_EQ(read.sequencer, file.sequencer);
  };
  is_read();
  file.etag.clear();
  file.version_id.clear();
  file.sequencer.clear();
  is_read();
}

TEST(S3Event, TestEventIsNoWork) {
  const auto event = ParseS3Event(GoldenEvent("s3_test_event.json"));
  ASSERT_TRUE(event) << event.error().message;
  EXPECT_THAT(event->files, IsEmpty());
  EXPECT_EQ(event->ignored, 1);
}

TEST(S3Event, ReadsMinioWebhooks) {
  const auto event = ParseS3Event(GoldenEvent("minio_webhook.json"));
  ASSERT_TRUE(event) << event.error().message;
  ASSERT_EQ(event->files.size(), 1U);
  EXPECT_EQ(event->files[0].uri.ToString(), "s3://src-b/in/a b.csv.gz");
}

// Ceph does not encode keys (rgw_notify.cc: object_key is the object's name), and its sequencer is
// a clock's bytes with the lowest first.
TEST(S3Event, ReadsCephNotifications) {
  const auto event = ParseS3Event(GoldenEvent("ceph_documented.json"));
  ASSERT_TRUE(event) << event.error().message;
  ASSERT_THAT(event->bad_records, IsEmpty());
  ASSERT_EQ(event->files.size(), 1U);
  EXPECT_EQ(event->files[0].uri.ToString(), "s3://mybucket1/myimage1.jpg");
  EXPECT_EQ(event->files[0].size_bytes, 1024U);
  EXPECT_EQ(event->files[0].etag, "37b51d194a7513e45b56f6524f2d51f2");
  EXPECT_EQ(event->files[0].version_id, "");
  EXPECT_EQ(event->files[0].sequencer, "");
}

// What a record of Ceph is, with `object` as its JSON members.
std::string OfCeph(std::string_view object, std::string_view name = "ObjectCreated:Put") {
  return fmt::format(
      R"({{"eventSource":"ceph:s3","eventName":"{}","s3":{{"bucket":{{"name":"b"}},"object":{{{}}}}}}})",
      name, object);
}

TEST(S3Event, TakesKeysOfCephAsTheyAre) {
  const S3Event event = Parse({OfCeph(R"("key":"a+b 100%25.csv","size":7)"),
                               OfCeph(R"("key":"100%","size":"18446744073709551615")")});
  ASSERT_EQ(event.files.size(), 2U);
  EXPECT_EQ(event.files[0].uri.key, "a+b 100%25.csv");
  EXPECT_EQ(event.files[0].size_bytes, 7U);
  EXPECT_EQ(event.files[1].uri.key, "100%");
  EXPECT_EQ(event.files[1].size_bytes, 18'446'744'073'709'551'615U);
  const S3Event bad = Parse({OfCeph(R"("key":"s","size":"18446744073709551616")"),
                             OfCeph(R"("key":"s","size":"1 ")"), OfCeph(R"("key":"s","size":"")"),
                             OfCeph(R"("key":"s","size":"-1")"), OfCeph(R"("key":"a\u0000b")"),
                             OfCeph(R"("key":"")")});
  EXPECT_THAT(bad.files, IsEmpty());
  EXPECT_EQ(bad.bad_records.size(), 6U);
}

// A zone tells of objects that came from another one.
TEST(S3Event, LoadsWhatCephHasSynced) {
  for (const char* name : {"ObjectSynced:Create", "s3:ObjectSynced:Create", "Replication:Create"}) {
    EXPECT_EQ(Parse({OfCeph(R"("key":"a")", name)}).files.size(), 1U) << name;
  }
  for (const char* name : {"ObjectSynced:Delete", "ObjectSynced:DeletionMarkerCreated",
                           "ObjectLifecycle:Expiration:Current", "Replication:Delete",
                           "ObjectLifecycle:Transition:NonCurrent"}) {
    EXPECT_EQ(Parse({OfCeph(R"("key":"a")", name)}).ignored, 1) << name;
  }
}

// The gateway writes keys as they are into events that say "aws:s3", and no size of what came in
// parts.
TEST(S3Event, ReadsVersityWebhooks) {
  const auto put = ParseS3Event(GoldenEvent("versity_put.json"));
  ASSERT_TRUE(put) << put.error().message;
  ASSERT_THAT(put->bad_records, IsEmpty());
  ASSERT_EQ(put->files.size(), 1U);
  EXPECT_EQ(put->files[0].uri.ToString(), "s3://src-v/in/ñ a+b%20c 100%.csv");
  EXPECT_EQ(put->files[0].etag, "34ff2335cbe2045ddc3b78993d1e971d");
  const auto multipart = ParseS3Event(GoldenEvent("versity_multipart.json"));
  ASSERT_TRUE(multipart) << multipart.error().message;
  ASSERT_EQ(multipart->files.size(), 1U);
  EXPECT_EQ(multipart->files[0].uri.key, "in/multi.csv");
  EXPECT_EQ(multipart->files[0].size_bytes, 0U);
}

TEST(S3Event, KnowsVersityByItsConfigurationToo) {
  constexpr std::string_view kRecord =
      R"({{"eventSource":"aws:s3","eventName":"s3:ObjectCreated:Put","userIdentity":{},)"
      R"("s3":{{"configurationId":{},"bucket":{{"name":"b"}},"object":{{"key":"a+b"}}}}}})";
  const auto key = [&](std::string_view user, std::string_view configuration) {
    return Parse({fmt::format(kRecord, user, configuration)}).files.at(0).uri.key;
  };
  EXPECT_EQ(key(R"({"principalId":"x"})", R"("rabbitmq-global")"), "a+b");
  EXPECT_EQ(key(R"({"PrincipalId":"x"})", R"("its-own")"), "a+b");
  EXPECT_EQ(key(R"({"principalId":"x"})", R"("my-webhook")"), "a b");
  EXPECT_EQ(key("7", "null"), "a b");
}

// MinIO's names of changed tags and locks begin like those of creations (internal/event/name.go).
TEST(S3Event, TagsAndLocksOfMinioAreNoWork) {
  for (const char* name :
       {"s3:ObjectCreated:PutTagging", "s3:ObjectCreated:DeleteTagging",
        "s3:ObjectCreated:PutRetention", "s3:ObjectCreated:PutLegalHold",
        "s3:ObjectTransition:Complete", "s3:LifecycleDelMarkerExpiration:Delete",
        "s3:ObjectAccessed:Attributes", "s3:Scanner:BigPrefix", "ObjectAnnotation:Put"}) {
    const S3Event event = Parse({Created(R"("key":"a")", name)});
    EXPECT_THAT(event.files, IsEmpty()) << name;
    EXPECT_THAT(event.bad_records, IsEmpty()) << name;
    EXPECT_EQ(event.ignored, 1) << name;
  }
}

TEST(S3Event, BadRecordsLeaveOthersAlone) {
  const S3Event event = Parse({
      Created(R"("key":"a")"),
      R"({"eventSource":"aws:sns","eventName":"ObjectCreated:Put"})",
      R"({"eventName":"ObjectCreated:Put"})",
      "7",
      "null",
      Created(R"("size":1)"),
      Created(R"("key":7)"),
      Created(R"("key":"")"),
      Created(R"("key":"%zz")"),
      Created(R"("key":"%ff")"),
      Created(R"("key":"a%00b")"),
      Created(R"("key":"n","size":-1)"),
      Created(R"("key":"f","size":1.5)"),
      Created(R"("key":"s","size":"1")"),
      Created(R"("key":"h","size":18446744073709551616)"),
      Created(R"("key":"e","eTag":[])"),
      Created(R"("key":"x")", "ObjectInvented:Put"),
      R"({"eventSource":"aws:s3","eventName":"ObjectCreated:Put","s3":{"bucket":{"name":""},"object":{"key":"k"}}})",
      R"({"eventSource":"aws:s3","eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"a/b"},"object":{"key":"k"}}})",
      Created(R"("key":"z")"),
  });
  ASSERT_EQ(event.files.size(), 2U);
  EXPECT_EQ(event.files[0].uri.key, "a");
  EXPECT_EQ(event.files[1].uri.key, "z");
  ASSERT_EQ(event.bad_records.size(), 18U);
  for (int i = 0; i < 18; ++i) {
    const BadRecord& bad = event.bad_records[static_cast<std::size_t>(i)];
    EXPECT_EQ(bad.index, i + 1);
    EXPECT_THAT(bad.message, HasSubstr(fmt::format("Records[{}]", i + 1)));
  }
}

TEST(S3Event, IgnoresWhatBringsNoNewContent) {
  for (const char* name :
       {"ObjectRemoved:Delete", "s3:ObjectRemoved:DeleteMarkerCreated",
        "LifecycleExpiration:Delete", "LifecycleTransition", "ObjectRestore:Completed",
        "ObjectTagging:Put", "ObjectAcl:Put", "Replication:OperationFailedReplication"}) {
    const S3Event event = Parse({Created(R"("key":"a")", name)});
    EXPECT_THAT(event.files, IsEmpty()) << name;
    EXPECT_THAT(event.bad_records, IsEmpty()) << name;
    EXPECT_EQ(event.ignored, 1) << name;
  }
  EXPECT_EQ(Parse({Created(R"("key":"folder/","size":0)")}).ignored, 1);
}

TEST(S3Event, EveryKindOfCreationIsWork) {
  for (const char* name : {"ObjectCreated:Put", "ObjectCreated:Post", "ObjectCreated:Copy",
                           "ObjectCreated:CompleteMultipartUpload", "s3:ObjectCreated:Put"}) {
    EXPECT_EQ(Parse({Created(R"("key":"a")", name)}).files.size(), 1U) << name;
  }
}

// Shorter sequencers are padded on the left before they are compared.
TEST(S3Event, KeepsTheNewestOfARepeatedKey) {
  const S3Event event = Parse({Created(R"("key":"a","eTag":"2","sequencer":"10")"),
                               Created(R"("key":"b","eTag":"only","sequencer":"1")"),
                               Created(R"("key":"a","eTag":"3","sequencer":"0100")"),
                               Created(R"("key":"a","eTag":"1","sequencer":"F")")});
  ASSERT_EQ(event.files.size(), 2U);
  EXPECT_EQ(event.files[0].uri.key, "a");
  EXPECT_EQ(event.files[0].etag, "3");
  EXPECT_EQ(event.files[1].etag, "only");
  EXPECT_EQ(event.ignored, 2);
}

TEST(S3Event, ComparesSequencersInEitherCase) {
  const S3Event event = Parse({Created(R"("key":"a","eTag":"new","sequencer":"0b")"),
                               Created(R"("key":"a","eTag":"old","sequencer":"0A")")});
  ASSERT_EQ(event.files.size(), 1U);
  EXPECT_EQ(event.files[0].etag, "new");
}

TEST(S3Event, ToleratesQuotesAndNullVersions) {
  const S3Event event = Parse({Created(R"("key":"a","eTag":"\"abc\"","versionId":"null")"),
                               Created(R"("key":"b","eTag":null,"versionId":null)")});
  ASSERT_EQ(event.files.size(), 2U);
  EXPECT_EQ(event.files[0].etag, "abc");
  EXPECT_EQ(event.files[0].version_id, "");
  EXPECT_EQ(event.files[1].etag, "");
}

TEST(S3Event, SizesAreExact) {
  EXPECT_EQ(Parse({Created(R"("key":"a","size":9007199254740993)")}).files[0].size_bytes,
            9'007'199'254'740'993U);
  EXPECT_EQ(Parse({Created(R"("key":"a","size":18446744073709551615)")}).files[0].size_bytes,
            18'446'744'073'709'551'615U);
}

TEST(S3Event, RefusesWhatIsNoEvent) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  for (const std::string_view text :
       {std::string_view(), std::string_view("null"), std::string_view("[]"),
        std::string_view("{}"), std::string_view(R"({"Records":{}})"),
        std::string_view(R"({"Records":7})"), std::string_view(R"({"Event":"s3:Other"})"),
        std::string_view(R"({"Records":[)"), std::string_view("\xff\xfe"),
        std::string_view("{\"Records\":[\"\xff\"]}"), std::string_view(deep)}) {
    const auto event = ParseS3Event(text);
    ASSERT_FALSE(event) << text.substr(0, 40);
    EXPECT_EQ(event.error().code, Code::kCorrupt) << text.substr(0, 40);
  }
}

// Expected: Python's urllib.parse.unquote_plus.
TEST(DecodeEventKey, DecodesPlusAndEscapes) {
  for (const auto& [encoded, key] : std::vector<std::pair<std::string, std::string>>{
           {"", ""},
           {"a/b.parquet", "a/b.parquet"},
           {"a+b%2Bc", "a b+c"},
           {"%C3%B1%f0%9f%a6%86", "ñ🦆"},
           {"%25%32%30", "%20"},
           {"it%27s%2A%5B%3F%5D%7Bx%7D", "it's*[?]{x}"},
           {"ñ", "ñ"}}) {
    const auto decoded = DecodeEventKey(encoded);
    ASSERT_TRUE(decoded) << encoded;
    EXPECT_EQ(*decoded, key);
  }
}

TEST(DecodeEventKey, RefusesBrokenEscapesAndBytesThatAreNoText) {
  for (const char* encoded : {"%", "%4", "a%4", "%g1", "%1g", "%%41", "%00", "%C3", "%C0%AF",
                              "%ED%A0%80", "%F4%90%80%80", "%80", "%F5%80%80%80"}) {
    const auto decoded = DecodeEventKey(encoded);
    ASSERT_FALSE(decoded) << encoded;
    EXPECT_EQ(decoded.error().code, Code::kInvalid);
  }
}

}  // namespace
}  // namespace eider::source
