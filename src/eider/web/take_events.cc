#include "eider/web/take_events.h"

#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/base/result.h"
#include "eider/codec/json_line.h"
#include "eider/codec/shortened_text.h"
#include "eider/pipeline/settler.h"
#include "eider/source/command_line.h"
#include "eider/source/webhook.h"
#include "eider/web/answer.h"

namespace eider::web {
namespace {

// Whether the store could not be asked, rather than that it knows no such object.
bool IsStoreAway(Code code) {
  return code == Code::kUnavailable || code == Code::kDenied || code == Code::kCancelled ||
         code == Code::kDeadlineExceeded;
}

const source::Unreachable* FindUnasked(const std::vector<source::Unreachable>& files) {
  for (const source::Unreachable& file : files) {
    if (IsStoreAway(file.error.code)) return &file;
  }
  return nullptr;
}

std::vector<std::string> RecordLost(const Services& services,
                                    const std::vector<source::Unreachable>& lost) {
  std::vector<std::string> problems;
  for (const source::Unreachable& file : lost) {
    services.telemetry.Observe(pipeline::FailFile(services.pipeline, file.file, file.error));
    problems.push_back(file.error.message);
  }
  return problems;
}

}  // namespace

http::ServerResponse TakeEvents(const Services& services, const http::ServerRequest& request) {
  source::Delivery delivery = source::ReadWebhook(request.body);
  if (delivery.files.empty() && !delivery.problems.empty()) {
    return ErrorAnswer(400, fmt::format("{}", fmt::join(delivery.problems, "; ")));
  }
  const source::Listing found =
      source::Complete(std::move(delivery.files), services.pipeline.store);
  if (!found.files.empty()) {
    services.telemetry.NoteArrivals(found.files);
    if (const Status announced = services.announced.Announce(found.files); !announced) {
      return ErrorAnswer(503, announced.error().message);
    }
  }
  if (const source::Unreachable* const unasked = FindUnasked(found.unreachable)) {
    return ErrorAnswer(503, unasked->error.message);
  }
  for (std::string& problem : RecordLost(services, found.unreachable)) {
    delivery.problems.push_back(std::move(problem));
  }
  codec::JsonLine problems = codec::JsonLine::array();
  for (const std::string& problem : delivery.problems) {
    services.pipeline.log.error("webhook: {}", problem);
    problems.push_back(codec::ShortMessage(problem));
  }
  return JsonAnswer(200, {{"files", found.files.size()},
                          {"ignored", delivery.ignored},
                          {"problems", std::move(problems)}});
}

}  // namespace eider::web
