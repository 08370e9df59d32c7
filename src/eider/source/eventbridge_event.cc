// One event of EventBridge to at most one file.
#include "eider/source/eventbridge_event.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/codec/json.h"
#include "eider/source/object_record.h"
#include "eider/source/s3_event.h"

namespace eider::source {
namespace {

using codec::Json;
using codec::JsonObject;

constexpr std::string_view kCreated = "Object Created";

// Everything else that S3 sends; none of it brings new content.
constexpr std::array<std::string_view, 9> kNoWorkTypes = {
    "Object Deleted",
    "Object Restore Initiated",
    "Object Restore Completed",
    "Object Restore Expired",
    "Object Storage Class Changed",
    "Object Access Tier Changed",
    "Object ACL Updated",
    "Object Tags Added",
    "Object Tags Deleted",
};

}  // namespace

bool IsEventBridgeEvent(const Json& document) {
  return document.is_object() && document.contains("detail-type");
}

Result<S3Event> ReadEventBridgeEvent(const Json& document) {
  EIDER_ASSIGN(const JsonObject root, JsonObject::Of(document));
  EIDER_ASSIGN(const std::string source, root.String("source"));
  if (source != "aws.s3") {
    return Fail(Code::kUnsupported, fmt::format("source must be 'aws.s3': '{}'", source));
  }
  EIDER_ASSIGN(const std::string type, root.String("detail-type"));
  if (std::ranges::find(kNoWorkTypes, type) != kNoWorkTypes.end()) return S3Event{{}, {}, 1};
  if (type != kCreated) {
    return Fail(Code::kUnsupported, fmt::format("detail-type is unknown: '{}'", type));
  }
  EIDER_ASSIGN(const JsonObject detail, root.Object("detail"));
  EIDER_ASSIGN(const JsonObject bucket, detail.Object("bucket"));
  EIDER_ASSIGN(const JsonObject object, detail.Object("object"));
  EIDER_ASSIGN(std::string key, object.String("key"));
  EIDER_ASSIGN(FileRef file, FileOfRecord(bucket, object, std::move(key), {"etag", "version-id"}));
  if (IsFolderMarker(file)) return S3Event{{}, {}, 1};
  return S3Event{{std::move(file)}, {}, 0};
}

}  // namespace eider::source
