// Whoever is told of commits and failures: a webhook, a topic of SNS, a bus of EventBridge.
#pragma once

#include <stop_token>
#include <string>

#include "eider/base/result.h"
#include "eider/errands/event.h"

namespace eider::errands {

// Safe for concurrent calls from several threads.
class Target {
 public:
  virtual ~Target() = default;

  // For messages, without secrets: "https://example.com/hook".
  virtual const std::string& name() const = 0;

  // As it is configured: TargetId is made of it.
  virtual const std::string& address() const = 0;

  // Returns when the target has the event; it may have it although an error is returned. Takes a
  // few seconds at most. Errors: kInvalid (it refuses this event), any other (it takes none).
  virtual Status Tell(const Event& event, const std::stop_token& stop) = 0;
};

}  // namespace eider::errands
