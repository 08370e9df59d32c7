// `eider config`: every setting, its value and where it came from.
#include <ostream>

#include "eider/app/commands.h"
#include "eider/app/json_line.h"
#include "eider/app/text_table.h"
#include "eider/base/result.h"
#include "eider/config/config.h"

namespace eider::app {

Result<int> ConfigCommand(Session& session) {
  TextTable table({{"setting"}, {"value"}, {"from"}});
  for (const config::Setting& setting : session.program.loaded().settings) {
    if (session.is_json) {
      PrintJson(session.console,
                {{"setting", setting.name}, {"value", setting.value}, {"from", setting.origin}});
    }
    table.Add({setting.name, setting.value.empty() ? "-" : setting.value, setting.origin});
  }
  if (!session.is_json) session.console.out << table.ToString(session.console.columns);
  return kExitDone;
}

}  // namespace eider::app
