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

std::optional<unsigned> HexValue(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a') + 10;
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A') + 10;
  return std::nullopt;
}

// What a record's eventName asks for.
enum class Work : std::uint8_t { kLoad, kNone, kUnknown };

Work WorkOf(std::string_view event_name) {
  // Everything else that S3 and MinIO report; none of it brings new content.
  static constexpr std::array<std::string_view, 16> kNoWork = {"ObjectRemoved:",
                                                               "LifecycleExpiration:",
                                                               "LifecycleTransition",
                                                               "ObjectRestore:",
                                                               "ReducedRedundancyLostObject",
                                                               "Replication:",
                                                               "IntelligentTiering",
                                                               "ObjectTagging:",
                                                               "ObjectAcl:",
                                                               "ObjectAccessed:",
                                                               "ObjectRetention:",
                                                               "ObjectLegalHold:",
                                                               "BucketCreated:",
                                                               "BucketRemoved:",
                                                               "Scanner:",
                                                               "TestEvent"};
  if (event_name.starts_with("s3:")) event_name.remove_prefix(3);
  if (event_name.starts_with("ObjectCreated:")) return Work::kLoad;
  const bool is_none = std::ranges::any_of(
      kNoWork, [&](std::string_view name) { return event_name.starts_with(name); });
  return is_none ? Work::kNone : Work::kUnknown;
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

// The file that a record of a created object names.
Result<FileRef> FileOf(const JsonObject& record) {
  EIDER_ASSIGN(const JsonObject s3, record.Object("s3"));
  EIDER_ASSIGN(const JsonObject bucket, s3.Object("bucket"));
  EIDER_ASSIGN(const JsonObject object, s3.Object("object"));
  EIDER_ASSIGN(const std::string encoded_key, object.String("key"));
  auto key = DecodeEventKey(encoded_key);
  if (!key) return Fail(object.PathOf("key"), std::move(key).error());
  return FileOfRecord(bucket, object, *std::move(key), {"eTag", "versionId"});
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
    if (source != "aws:s3" && source != "minio:s3") {
      return Fail(Code::kUnsupported, fmt::format("{} must be 'aws:s3' or 'minio:s3': '{}'",
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
    EIDER_ASSIGN(FileRef file, FileOf(record));
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
  return reader.Take();
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
