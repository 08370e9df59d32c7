// From a queue's URL or name to its source.
#include "eider/app/open_sqs_source.h"

#include <memory>
#include <string>
#include <utility>

#include "eider/app/queue_address.h"
#include "eider/aws/json_service.h"
#include "eider/base/result.h"
#include "eider/source/event_source.h"
#include "eider/source/sqs_queue.h"
#include "eider/source/sqs_source.h"

namespace eider::app {

namespace {

struct Opened {
  aws::JsonService& sqs;
  std::string url;
};

Result<Opened> OpenQueue(const std::string& queue, AwsAccess& aws) {
  QueueAddress address;
  std::string url = queue;
  if (IsQueueUrl(queue)) {
    EIDER_ASSIGN(address, AddressOfQueue(queue));
  } else {
    EIDER_CHECK(CheckQueueName(queue));
  }
  EIDER_ASSIGN(aws::JsonService* const sqs, aws.Sqs(std::move(address)));
  if (!IsQueueUrl(queue)) {
    EIDER_ASSIGN(url, source::FindSqsQueue(*sqs, queue));
  }
  return Opened{*sqs, std::move(url)};
}

}  // namespace

Result<source::SqsQueue> OpenSqsQueue(const std::string& queue, AwsAccess& aws, Clock& clock,
                                      Random& random) {
  EIDER_ASSIGN(Opened opened, OpenQueue(queue, aws));
  return source::SqsQueue({opened.sqs, clock, random}, std::move(opened.url));
}

Result<std::unique_ptr<source::EventSource>> OpenSqsSource(const std::string& queue,
                                                           const OpenSqsDeps& deps) {
  EIDER_ASSIGN(Opened opened, OpenQueue(queue, deps.aws));
  return source::NewSqsSource({.queue_url = std::move(opened.url), .visibility = deps.visibility},
                              {opened.sqs, deps.clock, deps.random});
}

}  // namespace eider::app
