#include "eider/ledger/loaded_files.h"

#include <string>
#include <vector>

#include "eider/base/result.h"

namespace eider::ledger {

Result<std::vector<LoadRecord>> FilesLoadedInto(Ledger& ledger, const std::string& table,
                                                int files_max) {
  auto loaded = ledger.Query({.state = State::kLoaded,
                              .uri_prefix = {},
                              .target_table = table,
                              .limit = files_max,
                              .only_with_rows = true});
  if (!loaded && loaded.error().code == Code::kUnsupported) return std::vector<LoadRecord>();
  return loaded;
}

}  // namespace eider::ledger
