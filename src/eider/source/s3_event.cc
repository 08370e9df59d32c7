// Records of an event to files, tolerant of who sent it and strict about what it says.
#include "eider/source/s3_event.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/aws/service_client.h"
#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/codec/json.h"
#include "eider/codec/utf8.h"
#include "eider/source/object_record.h"

namespace eider::source {
namespace {

using codec::Json;
using codec::JsonObject;

constexpr std::string_view kCeph = "ceph:s3";

std::optional<unsigned> HexValue(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
  return std::nullopt;
}

// What a record's eventName asks for.
enum class Work : std::uint8_t { kLoad, kNone, kUnknown };

// Everything else that S3, MinIO and Ceph report; none of it brings new content. MinIO reports
// changed tags and locks as creations, which is why this list is asked first.
constexpr std::array kNoWorkNames = std::to_array<std::string_view>({
    "ObjectRemoved:",
    "ObjectCreated:PutTagging",
    "ObjectCreated:DeleteTagging",
    "ObjectCreated:PutRetention",
    "ObjectCreated:PutLegalHold",
    "LifecycleExpiration:",
    "LifecycleDelMarkerExpiration:",
    "LifecycleTransition",
    "ObjectTransition:",
    "ObjectLifecycle:",
    "ObjectRestore:",
    "ReducedRedundancyLostObject",
    "Replication:",
    "ObjectSynced:",
    "IntelligentTiering",
    "ObjectTagging:",
    "ObjectAnnotation:",
    "ObjectAcl:",
    "ObjectAccessed:",
    "ObjectRetention:",
    "ObjectLegalHold:",
    "BucketCreated:",
    "BucketRemoved:",
    "Scanner:",
    "TestEvent",
});

Work WorkOf(std::string_view event_name) {
  if (event_name.starts_with("s3:")) event_name.remove_prefix(3);
  // Ceph's zones: the object has arrived here from another one.
  if (event_name == "ObjectSynced:Create" || event_name == "Replication:Create") return Work::kLoad;
  const bool is_none = std::ranges::any_of(
      kNoWorkNames, [&](std::string_view name) { return event_name.starts_with(name); });
  if (is_none) return Work::kNone;
  return event_name.starts_with("ObjectCreated:") ? Work::kLoad : Work::kUnknown;
}

// The Versity gateway says "aws:s3" of itself. It alone spells `PrincipalId` with a capital, and it
// has one configuration for each way that it sends (its s3event/event.go).
bool IsOfVersity(const JsonObject& record, const JsonObject& s3) {
  static constexpr std::array kConfigurations = std::to_array<std::string_view>(
      {"webhook-global", "kafka-global", "nats-global", "rabbitmq-global"});
  const Json* user = record.Find("userIdentity");
  if (user != nullptr && user->is_object() && user->contains("PrincipalId")) return true;
  const Json* configuration = s3.Find("configurationId");
  return configuration != nullptr && configuration->is_string() &&
         std::ranges::find(kConfigurations, configuration->get_ref<const std::string&>()) !=
             kConfigurations.end();
}

// Sequencers are hexadecimal numbers without a fixed length; the shorter one is padded on the left.
// Source: AWS, "Event message structure".
std::string ComparableSequencer(std::string_view sequencer, std::size_t length) {
  std::string comparable(length - sequencer.size(), '0');
  for (const char c : sequencer) {
    comparable += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return comparable;
}

bool IsOlder(const FileRef& a, const FileRef& b) {
  const std::size_t length = std::max(a.sequencer.size(), b.sequencer.size());
  return ComparableSequencer(a.sequencer, length) < ComparableSequencer(b.sequencer, length);
}

// A key that is told as it is.
Result<std::string> PlainKey(std::string key) {
  if (codec::IsUtf8(key)) return key;
  return Fail(Code::kInvalid, fmt::format("an object key is UTF-8: '{}'", key));
}

// The file that a record of a created object names.
Result<FileRef> FileOf(const JsonObject& record, std::string_view source) {
  EIDER_ASSIGN(const JsonObject s3, record.Object("s3"));
  EIDER_ASSIGN(const JsonObject bucket, s3.Object("bucket"));
  EIDER_ASSIGN(const JsonObject object, s3.Object("object"));
  EIDER_ASSIGN(std::string told, object.String("key"));
  const bool is_ceph = source == kCeph;
  auto key = is_ceph || IsOfVersity(record, s3) ? PlainKey(std::move(told)) : DecodeEventKey(told);
  if (!key) return Fail(object.PathOf("key"), std::move(key).error());
  EIDER_ASSIGN(
      FileRef file,
      FileOfRecord(bucket, object, *std::move(key),
                   {.etag = "eTag", .version_id = "versionId", .size_may_be_text = is_ceph}));
  // The bytes of a clock, the lowest first: a number that puts nothing in order.
  if (is_ceph) file.sequencer.clear();
  return file;
}

// Adds records one by one; of several for the same key the newest stays.
class EventReader {
 public:
  void Read(const Json& value, int index) {
    if (const Status read = ReadRecord(value, index); !read) {
      event_.bad_records.push_back({index, read.error().message});
    }
  }

  S3Event Take() { return std::move(event_); }

 private:
  Status ReadRecord(const Json& value, int index) {
    EIDER_ASSIGN(const JsonObject record, JsonObject::Of(value, fmt::format("Records[{}]", index)));
    EIDER_ASSIGN(const std::string source, record.String("eventSource"));
    if (source != "aws:s3" && source != "minio:s3" && source != kCeph) {
      return Fail(Code::kUnsupported,
                  fmt::format("{} must be 'aws:s3', 'minio:s3' or 'ceph:s3': '{}'",
                              record.PathOf("eventSource"), source));
    }
    EIDER_ASSIGN(const std::string name, record.String("eventName"));
    const Work work = WorkOf(name);
    if (work == Work::kUnknown) {
      return Fail(Code::kUnsupported,
                  fmt::format("{} is unknown: '{}'", record.PathOf("eventName"), name));
    }
    if (work == Work::kNone) {
      ++event_.ignored;
      return {};
    }
    EIDER_ASSIGN(FileRef file, FileOf(record, source));
    if (IsFolderMarker(file)) {
      ++event_.ignored;
      return {};
    }
    Add(std::move(file));
    return {};
  }

  void Add(FileRef file) {
    const auto [place, is_new] = places_.emplace(file.uri, event_.files.size());
    if (is_new) {
      event_.files.push_back(std::move(file));
      return;
    }
    ++event_.ignored;
    FileRef& known = event_.files[place->second];
    if (!IsOlder(file, known)) known = std::move(file);
  }

  S3Event event_;
  std::map<Uri, std::size_t> places_;  // in event_.files
};

}  // namespace

Result<S3Event> ParseS3Event(std::string_view json) {
  EIDER_ASSIGN(const Json document, codec::ParseJson(json));
  return ReadS3Event(document);
}

namespace {

bool IsOfUuid(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '-';
}

Result<std::optional<FilePiece>> ReadPiece(const JsonObject& root) {
  constexpr int kPiecesMax = 100'000;
  constexpr std::size_t kCutBytesMax = 36;
  EIDER_ASSIGN(const auto found, root.OptionalObject("eiderPiece"));
  if (!found) return std::nullopt;
  EIDER_ASSIGN(const int number, found->Int("number"));
  EIDER_ASSIGN(const int of, found->Int("of"));
  if (number < 1 || number > of || of > kPiecesMax) {
    return Fail(Code::kCorrupt, fmt::format("{} of {} is no piece of a file", number, of));
  }
  EIDER_ASSIGN(std::string cut, found->String("cut"));
  if (cut.empty() || cut.size() > kCutBytesMax || !std::ranges::all_of(cut, IsOfUuid)) {
    return Fail(Code::kCorrupt, "a piece of a file has a cut that is no UUID");
  }
  return FilePiece{number, of, std::move(cut)};
}

}  // namespace

Result<S3Event> ReadS3Event(const Json& document) {
  EIDER_ASSIGN(const JsonObject root, JsonObject::Of(document));
  const Json* records = root.Find("Records");
  if (records == nullptr) {
    const Json* test_event = root.Find("Event");  // sent once, when a notification is set up
    if (test_event != nullptr && *test_event == "s3:TestEvent") return S3Event{{}, {}, 1};
    return Fail(Code::kCorrupt, "not an S3 event: it has no `Records`");
  }
  if (!records->is_array()) return Fail(Code::kCorrupt, "not an S3 event: `Records` is no list");
  EventReader reader;
  int index = 0;
  for (const Json& record : *records) reader.Read(record, index++);
  S3Event event = reader.Take();
  EIDER_ASSIGN(event.piece, ReadPiece(root));
  if (event.piece && event.files.size() != 1) {
    return Fail(Code::kCorrupt, "not an S3 event: a piece is of one file");
  }
  return event;
}

std::string S3EventOf(const FileRef& file, const std::optional<FilePiece>& piece) {
  Json object = {{"key", aws::UriEncode(file.uri.key, true)}, {"size", file.size_bytes}};
  if (!file.etag.empty()) object["eTag"] = file.etag;
  if (!file.version_id.empty()) object["versionId"] = file.version_id;
  if (!file.sequencer.empty()) object["sequencer"] = file.sequencer;
  const Json record = {
      {"eventVersion", "2.1"},
      {"eventSource", "aws:s3"},
      {"eventName", "ObjectCreated:Put"},
      {"s3", {{"bucket", {{"name", file.uri.bucket}}}, {"object", std::move(object)}}}};
  Json event = {{"Records", Json::array({record})}};
  if (piece)
    event["eiderPiece"] = {{"number", piece->number}, {"of", piece->of}, {"cut", piece->cut}};
  return event.dump();
}

Result<std::string> DecodeEventKey(std::string_view encoded) {
  std::string key;
  key.reserve(encoded.size());
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    if (encoded[i] == '+') {
      key += ' ';
    } else if (encoded[i] == '%') {
      const auto high = i + 2 < encoded.size() ? HexValue(encoded[i + 1]) : std::nullopt;
      const auto low = i + 2 < encoded.size() ? HexValue(encoded[i + 2]) : std::nullopt;
      if (!high || !low) {
        return Fail(Code::kInvalid, fmt::format("a % needs two hexadecimal digits: '{}'", encoded));
      }
      key += static_cast<char>(*high << 4U | *low);
      i += 2;
    } else {
      key += encoded[i];
    }
  }
  if (key.find('\0') != std::string::npos) {
    return Fail(Code::kInvalid, fmt::format("an object key holds no NUL byte: '{}'", encoded));
  }
  if (!codec::IsUtf8(key)) {
    return Fail(Code::kInvalid, fmt::format("an object key is UTF-8: '{}'", encoded));
  }
  return key;
}

}  // namespace eider::source
