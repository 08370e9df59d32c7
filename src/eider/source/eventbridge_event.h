// S3 events as EventBridge delivers them: one object per event, and keys as they are.
//
// `{"source": "aws.s3", "detail-type": "Object Created", "detail": {"bucket": {"name"}, "object":
// {"key", "size", "etag", "version-id", "sequencer"}}}`. Unlike in S3's own notifications the key
// is not URL-encoded: a `+` is a plus. Source: AWS, "EventBridge event message structure".
#pragma once

#include "eider/base/result.h"
#include "eider/codec/json.h"
#include "eider/source/s3_event.h"

namespace eider::source {

// Whether the document has EventBridge's form, of whatever source.
bool IsEventBridgeEvent(const codec::Json& document);

// Deletions, restores and changes of tags or class are no work. Errors: kCorrupt (a field is
// missing or of another type), kUnsupported (another source, or a detail type that is not known).
Result<S3Event> ReadEventBridgeEvent(const codec::Json& document);

}  // namespace eider::source
