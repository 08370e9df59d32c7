#include "eider/app/files_loaded.h"

#include <cstddef>

#include "eider/app/commands.h"
#include "eider/base/result.h"
#include "eider/iceberg/table_name.h"
#include "eider/ledger/ledger.h"

namespace eider::app {

Result<std::size_t> CountFilesLoaded(Session& session, const iceberg::TableName& name) {
  EIDER_ASSIGN(ledger::Ledger* const ledger, session.program.Ledger());
  const auto loaded = ledger->Query({.state = ledger::State::kLoaded,
                                     .uri_prefix = {},
                                     .target_table = name.ToString(),
                                     .limit = 1'000'000,
                                     .only_with_rows = true});
  if (!loaded && loaded.error().code == Code::kUnsupported) return 0;
  if (!loaded) return std::unexpected(loaded.error());
  return loaded->size();
}

}  // namespace eider::app
