// What is done with the object of a file that has ended.
#pragma once

#include <string>

#include "eider/base/result.h"
#include "eider/ledger/load_history.h"
#include "eider/routes/after_load.h"
#include "eider/store/object_deeds.h"
#include "eider/store/object_store.h"

namespace eider::errands {

// The store of the files' objects, and what it can do with them. Borrowed.
struct ObjectErrandDeps {
  store::ObjectStore& store;
  store::ObjectDeeds& deeds;
};

// Does it to the content that was loaded, and to no other: what was replaced or removed since stays
// as it is. It may be done again. Where the place that it goes to has another object by now, it
// goes beside it, under a name that ends with the beginning of its commit token. Returns what was
// done, in words for the history: "moved to s3://archive/a.csv", "left as it is: …". Errors: those
// of the store for which a later attempt may do (kUnavailable, kDenied, kOutcomeUnknown,
// kCancelled).
Result<std::string> RunObjectErrand(const ObjectErrandDeps& deps, const ledger::LoadRecord& record,
                                    const routes::AfterLoad& errand);

}  // namespace eider::errands
