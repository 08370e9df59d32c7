// The kept records are read like an input, by SQL of our own.
#include "eider/engine/rejects_output.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/base/result.h"
#include "eider/engine/rejects.h"
#include "eider/engine/sql_literal.h"
#include "eider/engine/table_output.h"

namespace eider::engine {
namespace {

// The columns that the table has: one that an earlier program made has fewer.
std::string SelectOf(const iceberg::Schema& table, const FileRef& file) {
  const std::string version = SqlLiteral(file.Version());
  const auto columns = std::to_array<std::pair<std::string_view, std::string>>({
      {"file", "'{s3_input_path}'"},
      {"version", version},
      {"line", "line"},
      {"column", "\"column\""},
      {"value", "value"},
      {"reason", "reason"},
      {"record", "record"},
      {"rejected_at", "now()"},
  });
  std::vector<std::string> selected;
  for (const auto& [name, expression] : columns) {
    if (std::ranges::find(table.fields, name, &iceberg::Field::name) != table.fields.end()) {
      selected.push_back(fmt::format("{} AS \"{}\"", expression, name));
    }
  }
  return fmt::format(
      "SELECT {} FROM read_json('{{s3_input_path}}', format = 'newline_delimited', columns = "
      "{{line: 'BIGINT', \"column\": 'VARCHAR', value: 'VARCHAR', reason: 'VARCHAR', record: "
      "'VARCHAR'}}) ORDER BY line",
      fmt::join(selected, ", "));
}

}  // namespace

Result<Written> WriteRejects(QuerySession& session, Sandbox& sandbox, store::ObjectStore& store,
                             const PartQuery& part, const WriteTarget& rejects,
                             const std::stop_token& stop) {
  if (part.query.part && !part.query.rescue.empty()) session.HandOnTexts();
  EIDER_ASSIGN(QueryPlan whole,
               session.Bind(part.query, part.query.part ? nullptr : &part.target.schema));
  if (part.query.part) {
    EIDER_CHECK(session.SetValuesAside(part.query, part.target.schema, whole));
  }
  if (session.rejects() == nullptr || session.rejects()->records() == nullptr) return Written{};
  Query query{.sql = SelectOf(rejects.schema, part.query.input), .input = part.query.input};
  QuerySession writing(sandbox, store, stop);
  writing.SpillEarly();  // there may be millions
  writing.grants().AllowRead(query.input);
  EIDER_CHECK(writing.grants().Replace(query.input.uri.ToString(), session.rejects()->records()));
  EIDER_ASSIGN(QueryPlan plan, writing.Bind(query, &rejects.schema));
  Written written;
  written.rows_rejected = session.rejects()->count();
  EIDER_ASSIGN(written.files,
               WriteTable(plan, writing, {query, rejects, sandbox.options(), store}));
  return written;
}

}  // namespace eider::engine
