// What is still to be done for one end of a file, and its text in the ledger.
//
// The text is one line of JSON: {"claim":"…","notify":["0a1b2c3d"],"object":"move s3://b/p/"}. It
// names the claim that ended, so that the errands of one end are never taken for those of another.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eider/base/result.h"
#include "eider/routes/after_load.h"

namespace eider::errands {

struct Errand {
  std::string claim_id;
  std::vector<std::string> notify = {};          // TargetId of those that are to be told
  std::optional<routes::AfterLoad> object = {};  // what is to be done with the file's object

  bool is_done() const { return notify.empty() && !object; }

  bool operator==(const Errand&) const = default;
};

// Empty where all is done.
std::string ErrandText(const Errand& errand);

// Errors: kCorrupt.
Result<Errand> ParseErrand(std::string_view text);

// A target's name in the ledger: it tells nothing of the secrets that an address may hold.
std::string TargetId(std::string_view address);

}  // namespace eider::errands
