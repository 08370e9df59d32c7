#include "eider/web/answer.h"

#include <string_view>

#include "eider/base/result.h"
#include "eider/codec/shortened_text.h"

namespace eider::web {

using codec::JsonLine;

http::ServerResponse JsonAnswer(int status, const JsonLine& line) {
  return {.status = status,
          .headers = {{"Content-Type", "application/json"}},
          .body = codec::JsonLineText(line) + "\n"};
}

http::ServerResponse ErrorAnswer(int status, std::string_view message) {
  http::ServerResponse answer = JsonAnswer(status, {{"error", codec::ShortMessage(message)}});
  if (status == 429) answer.headers.push_back({"Retry-After", "1"});
  if (status == 503) answer.headers.push_back({"Retry-After", "5"});
  return answer;
}

http::ServerResponse ErrorAnswer(const Error& error) {
  switch (error.code) {
    case Code::kInvalid:
      return ErrorAnswer(400, error.message);
    case Code::kNotFound:
      return ErrorAnswer(404, error.message);
    case Code::kUnsupported:
      return ErrorAnswer(501, error.message);
    case Code::kUnavailable:
    case Code::kDenied:  // to us, by the ledger: whoever asks can do nothing but come again
    case Code::kConflict:
    case Code::kCancelled:
    case Code::kDeadlineExceeded:
      return ErrorAnswer(503, error.message);
    default:
      return ErrorAnswer(500, error.message);
  }
}

}  // namespace eider::web
