// What is done with a file's object once the file has ended: the attributes after_load (it is
// LOADED) and after_failure (it is FAILED, and no other attempt would help).
//
//   tag                the object gets the tag eider=loaded or eider=failed
//   delete             it is removed
//   move s3://b/p/     it goes to that prefix, below which it has its whole key
//   copy s3://b/p/     so does a copy of it
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "eider/base/result.h"
#include "eider/base/uri.h"

namespace eider::routes {

enum class ObjectDeed : std::uint8_t { kTag, kDelete, kMove, kCopy };

struct AfterLoad {
  ObjectDeed deed = ObjectDeed::kTag;
  std::optional<Uri> prefix = {};  // of kMove and kCopy

  bool operator==(const AfterLoad&) const = default;
};

// Errors: kInvalid, with the forms.
Result<AfterLoad> ParseAfterLoad(std::string_view text);

// ParseAfterLoad reads it as the same.
std::string ToText(const AfterLoad& after);

// Where the object of that URI goes below the prefix: its key there is its whole key.
Uri PlaceBelow(const Uri& prefix, const Uri& object);

}  // namespace eider::routes
