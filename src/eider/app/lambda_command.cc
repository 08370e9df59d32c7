// `eider lambda`: the custom runtime. Everything is opened once, and then one invocation follows
// the other for as long as the process lives.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <functional>
#include <optional>
#include <ostream>
#include <stop_token>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "eider/app/commands.h"
#include "eider/app/file_pieces.h"
#include "eider/app/json_log.h"
#include "eider/app/lambda_invocation.h"
#include "eider/app/overflow.h"
#include "eider/app/pipeline_services.h"
#include "eider/app/route_stores.h"
#include "eider/app/stop_on_signal.h"
#include "eider/app/work_journal.h"
#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/http/curl_transport.h"
#include "eider/source/lambda_runtime.h"

namespace eider::app {
namespace {

constexpr std::string_view kAddressVariable = "AWS_LAMBDA_RUNTIME_API";
constexpr std::string_view kFunctionVariable = "AWS_LAMBDA_FUNCTION_NAME";
constexpr Milliseconds kTraceTimeMax{500};  // that an answer waits for its traces to be sent

// That what is left to do for an invocation's files may take.
constexpr Milliseconds kErrandsTimeMax{6'000};

// Sends the answer; the invocation is no other worker's any more.
Status Send(source::LambdaRuntime& runtime, WorkJournal* journal,
            const source::Invocation& invocation, const LambdaAnswer& answer) {
  const Status sent = answer.error ? runtime.SendError(invocation.request_id, *answer.error)
                                   : runtime.SendResponse(invocation.request_id, answer.response);
  if (journal != nullptr) journal->KeepNote({});
  return sent;
}

Result<LambdaDeps> OpenDeps(Session& session, source::LambdaRuntime& runtime, Overflow* overflow,
                            const FilePieces* pieces) {
  EIDER_ASSIGN(const pipeline::Services services, LoadServices(session));
  return LambdaDeps{
      .pipeline = services,
      .load = LoadOptionsOf(session),
      .function_name = session.environment(kFunctionVariable).value_or("eider"),
      .print = [&out = session.console.out](const std::string& line) { out << line << std::endl; },
      .overflow = overflow,
      .pieces = pieces,
      .route_health = session.program.route_stores().health(),
      .cut_off =
          [&runtime, &program = session.program](const source::Invocation& invocation,
                                                 const LambdaAnswer& answer) {
            const Status sent = Send(runtime, program.journal(), invocation, answer);
            program.log().error("answered without the files that are still in work{}, and ends",
                                sent ? "" : " (not accepted: " + sent.error().message + ")");
            std::abort();  // the next worker knows the file by the journal
          }};
}

// Whatever is thrown is this invocation's failure and no end of the process.
LambdaAnswer Handle(const LambdaDeps& deps, const source::Invocation& invocation,
                    const std::stop_token& stop) {
  try {
    return HandleInvocation(deps, invocation, stop);
  } catch (const std::exception& exception) {
    const std::string message = fmt::format("internal error: {}", exception.what());
    deps.pipeline.log.error(message);
    return {"", source::RuntimeError{"Eider.Internal", message}};
  }
}

// The invocation as a note for the next worker, and back: CBOR, which takes an event of any bytes.
// The next worker is this program.
std::string NoteOf(const source::Invocation& invocation) {
  std::string note;
  nlohmann::json::to_cbor({{"request_id", invocation.request_id},
                           {"event", invocation.event},
                           {"deadline_ms", UnixMillis(invocation.deadline)},
                           {"trace_id", invocation.trace_id},
                           {"function", invocation.function}},
                          note);
  return note;
}

source::Invocation InvocationOf(const std::string& note) {
  const auto json = nlohmann::json::from_cbor(note);
  return {.request_id = json.at("request_id"),
          .event = json.at("event"),
          .deadline = TimePoint(Milliseconds(json.at("deadline_ms").get<std::int64_t>())),
          .trace_id = json.at("trace_id"),
          .function = json.at("function")};
}

// The invocation that an earlier worker died of, or else the next one.
Result<source::Invocation> Next(source::LambdaRuntime& runtime, WorkJournal* journal,
                                const std::stop_token& stop) {
  if (journal == nullptr) return runtime.Next(stop);
  if (const auto note = journal->Note()) return InvocationOf(*note);
  EIDER_ASSIGN(source::Invocation invocation, runtime.Next(stop));
  journal->KeepNote(NoteOf(invocation));
  return invocation;
}

Status ServeOne(source::LambdaRuntime& runtime, const LambdaDeps& deps, Program& program,
                const std::stop_token& stop) {
  EIDER_ASSIGN(const source::Invocation invocation, Next(runtime, program.journal(), stop));
  deps.pipeline.log.set_formatter(
      NewJsonLogFormatter({invocation.request_id, invocation.trace_id}));
  const LambdaAnswer answer = Handle(deps, invocation, stop);
  // Before the answer: what comes after it has to wait for the next invocation.
  const TimePoint begin = deps.pipeline.clock.Now();
  program.AwaitErrands(std::min(StopTimeFor(begin, invocation.deadline) - begin, kErrandsTimeMax));
  const TimePoint now = deps.pipeline.clock.Now();
  program.route_stores().RefreshSnapshot(
      std::min(StopTimeFor(now, invocation.deadline), now + RouteStores::kRefreshTimeMax));
  if (program.traces() != nullptr) program.traces()->Flush(kTraceTimeMax);
  const Status sent = Send(runtime, program.journal(), invocation, answer);
  // An answer that is refused (it came too late) is that invocation's end, not the process's.
  if (!sent && sent.error().code == Code::kInvalid) {
    deps.pipeline.log.error(sent.error().message);
    return {};
  }
  return sent;
}

}  // namespace

Result<int> LambdaCommand(Session& session) {
  session.program.log().set_formatter(NewJsonLogFormatter({}));
  const auto address = session.environment(kAddressVariable);
  if (!address || address->empty()) {
    return Fail(Code::kInvalid,
                fmt::format("{} is not set: `eider lambda` is started by AWS Lambda, as the "
                            "bootstrap of a custom runtime (see docs/operations.md); to load files "
                            "by hand, use `eider run`",
                            kAddressVariable));
  }
  const StopOnSignal stop;  // before DuckDB starts its threads
  const auto transport = http::NewCurlTransport();
  source::LambdaRuntime runtime(*transport, *address);
  EIDER_ASSIGN(const auto overflow, Overflow::Open(session));
  EIDER_ASSIGN(const std::optional<FilePieces> pieces, FilePieces::Open(session));
  EIDER_ASSIGN(const LambdaDeps deps,
               OpenDeps(session, runtime, overflow.get(), pieces ? &*pieces : nullptr));
  while (!stop.token().stop_requested()) {
    const Status served = ServeOne(runtime, deps, session.program, stop.token());
    if (served) continue;
    if (stop.token().stop_requested()) break;
    session.program.log().error(served.error().message);
    return kExitFailed;
  }
  return kExitDone;
}

void ReportInitError(const std::function<std::optional<std::string>(std::string_view)>& environment,
                     const std::string& message) {
  const auto address = environment(kAddressVariable);
  if (!address || address->empty()) return;
  const auto transport = http::NewCurlTransport();
  // When even this cannot be told, the message on standard error has to do.
  const Status ignored =
      source::LambdaRuntime(*transport, *address).SendInitError({"Eider.CannotStart", message});
  static_cast<void>(ignored);
}

}  // namespace eider::app
