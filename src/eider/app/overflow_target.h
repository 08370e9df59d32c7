// Who takes the files that are too much for a function.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "eider/app/aws_access.h"
#include "eider/base/clock.h"
#include "eider/base/file_ref.h"
#include "eider/base/random.h"
#include "eider/base/result.h"

namespace eider::app {

// Which files are prepared in pieces: those that may be, or nothing else is taken.
enum class Cuts : std::uint8_t { kNever, kWhereTheyMay, kAlways };

// Safe for concurrent calls from several threads. A file that is sent twice is loaded once.
class OverflowTarget {
 public:
  OverflowTarget() = default;
  virtual ~OverflowTarget() = default;
  OverflowTarget(const OverflowTarget&) = delete;
  OverflowTarget& operator=(const OverflowTarget&) = delete;

  // "queue eider-overflow".
  virtual std::string name() const = 0;

  virtual Cuts cuts() const { return Cuts::kNever; }

  // `pieces`: into how many the file is to be cut; 0: it stays whole. `queue`: the ARN of the queue
  // that it came by; empty: it came by none. Errors: kNotFound, kDenied, kUnavailable, kInvalid,
  // kUnsupported.
  virtual Status Send(const FileRef& file, int pieces, const std::string& queue) = 0;
};

// The word of Config::overflow for the function itself.
inline constexpr std::string_view kOwnFleet = "lambda";

// Of Config::overflow:
//   - an SQS queue by URL or name, which `eider serve --sqs` reads: gets the file's event;
//   - batch://JOB_QUEUE/JOB_DEFINITION, of AWS Batch: gets a job with the parameter `uri`;
//   - "lambda": the function itself, by the queue that the file came by: gets a message for each of
//     the file's pieces (app/file_pieces.h);
//   - the ARN of a state machine of Step Functions: gets an execution whose input has `uri` and,
//     where the file may be cut, `pieces` ("1/8", "2/8", …).
// Source: AWS Batch API Reference, SubmitJob; AWS Step Functions API Reference, StartExecution.
// Borrows what it is given. Errors: kInvalid (none of these), kUnsupported (a FIFO queue), those of
// OpenSqsQueue.
Result<std::unique_ptr<OverflowTarget>> OpenOverflowTarget(const std::string& overflow,
                                                           AwsAccess& aws, Clock& clock,
                                                           Random& random);

}  // namespace eider::app
