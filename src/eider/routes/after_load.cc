#include "eider/routes/after_load.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "eider/codec/shortened_text.h"

namespace eider::routes {
namespace {

constexpr std::array<std::string_view, 4> kDeeds = {"tag", "delete", "move", "copy"};

std::string_view Trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

bool TakesPrefix(ObjectDeed deed) {
  return deed == ObjectDeed::kMove || deed == ObjectDeed::kCopy;
}

}  // namespace

Result<AfterLoad> ParseAfterLoad(std::string_view text) {
  const auto wrong = [&](std::string_view why) {
    return Fail(Code::kInvalid,
                fmt::format("is tag, delete, move PREFIX or copy PREFIX, as in move "
                            "s3://archive/orders/; {}: '{}'",
                            why, codec::ShortName(text)));
  };
  const std::string_view whole = Trimmed(text);
  const std::size_t blank = whole.find(' ');
  const std::string_view word = whole.substr(0, blank);
  const auto* const deed = std::ranges::find(kDeeds, word);
  if (deed == kDeeds.end()) return wrong("this is none of them");
  AfterLoad after{.deed = static_cast<ObjectDeed>(deed - kDeeds.begin())};
  const std::string_view rest = blank == std::string_view::npos ? "" : Trimmed(whole.substr(blank));
  if (TakesPrefix(after.deed) == rest.empty()) {
    return wrong(rest.empty() ? "the prefix is missing" : "it takes no prefix");
  }
  if (rest.empty()) return after;
  auto prefix = Uri::Parse(rest);
  if (!prefix) return wrong("the prefix is no s3:// or file:// URI");
  after.prefix = *std::move(prefix);
  return after;
}

std::string ToText(const AfterLoad& after) {
  std::string text(kDeeds[static_cast<std::size_t>(after.deed)]);
  if (after.prefix) text += " " + after.prefix->ToString();
  return text;
}

Uri PlaceBelow(const Uri& prefix, const Uri& object) {
  std::string_view key = object.key;
  while (key.starts_with('/')) key.remove_prefix(1);
  Uri place = prefix;
  if (!place.key.empty() && !place.key.ends_with('/')) place.key += '/';
  place.key += key;
  return place;
}

}  // namespace eider::routes
