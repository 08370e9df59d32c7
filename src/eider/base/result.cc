#include "eider/base/result.h"

#include <string_view>
#include <utility>

namespace eider {

std::string_view CodeName(Code code) {
  switch (code) {
    case Code::kInvalid:
      return "invalid";
    case Code::kNotFound:
      return "not_found";
    case Code::kAlreadyExists:
      return "already_exists";
    case Code::kConflict:
      return "conflict";
    case Code::kOutcomeUnknown:
      return "outcome_unknown";
    case Code::kUnavailable:
      return "unavailable";
    case Code::kDenied:
      return "denied";
    case Code::kCorrupt:
      return "corrupt";
    case Code::kUnsupported:
      return "unsupported";
    case Code::kCancelled:
      return "cancelled";
    case Code::kDeadlineExceeded:
      return "deadline_exceeded";
    case Code::kInternal:
      return "internal";
    case Code::kOutOfMemory:
      return "out_of_memory";
    case Code::kPluginFailed:
      return "plugin_failed";
    case Code::kReaderCrashed:
      return "READER_CRASHED";
  }
  return "internal";
}

Error Annotate(std::string_view doing, Error error) {
  error.message.insert(0, ": ").insert(0, doing);
  return error;
}

}  // namespace eider
