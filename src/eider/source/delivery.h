// What a sender repeats on its own: one message of a queue, a webhook's request, a file in a
// folder.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/codec/json.h"
#include "eider/source/s3_event.h"

namespace eider::source {

struct Delivery {
  std::string id;  // by which its sender knows it; empty where it has none
  std::vector<FileRef> files;
  std::vector<std::string> problems;    // of records, or of the message itself, that are not usable
  int ignored = 0;                      // removals, test events and repeated records
  std::optional<FilePiece> piece = {};  // of the one file only this is to be prepared
};

// How a delivery ends, from good to bad. kDone: each of its files is in, or never can be and is
// known for it. kHandedBack: it was not begun; at once, to whoever asks. kAgain: it has to come
// again, later each time. kWrong: the same of a file or record that is not likely to become right
// by itself.
enum class Settlement : std::uint8_t { kDone, kHandedBack, kAgain, kWrong };

// An event of S3 or of EventBridge. Errors: as ReadS3Event and ReadEventBridgeEvent.
Result<S3Event> ReadNotification(const codec::Json& document);

void AddEvent(S3Event event, Delivery& delivery);

// Adds what the text of a message holds: a notification, perhaps inside one of SNS. What is wrong
// with it is a problem of the delivery. Never throws, whatever the bytes.
void AddMessage(std::string_view text, Delivery& delivery);

}  // namespace eider::source
