// Who holds a claim: one process of one boot of one machine, told apart from every later process
// with the same pid.
//
// As text: `host=<name> boot=<id> pidns=<inode> pid=<pid> start=<clock ticks after boot>`, and for
// a process that its parent watches over ` parent=<pid>`. Source: proc(5), /proc/[pid]/stat and
// /proc/sys/kernel/random/boot_id; prctl(2), PR_SET_PDEATHSIG.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "eider/base/result.h"

namespace eider::ledger {

struct ClaimOwner {
  std::string host;
  std::string boot_id;
  std::string pid_namespace;  // the same pid is another process in another container
  std::int64_t pid = 0;
  std::int64_t start_ticks = 0;
  std::int64_t parent = 0;  // the process that it dies with; 0: none

  std::string ToText() const;

  // Nothing when the text is of another form: then only the lease tells whether the claim holds.
  static std::optional<ClaimOwner> Parse(std::string_view text);

  bool operator==(const ClaimOwner&) const = default;
};

// The calling process. Errors: kUnavailable (no /proc).
Result<ClaimOwner> CurrentClaimOwner();

// True when `owner` surely runs no more, as seen from `self`. False when that cannot be known: for
// another machine, or another container of this one.
bool IsSurelyDead(const ClaimOwner& owner, const ClaimOwner& self);

}  // namespace eider::ledger
