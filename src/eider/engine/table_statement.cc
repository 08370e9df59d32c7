#include "eider/engine/table_statement.h"

#include <cstddef>
#include <exception>
#include <string_view>
#include <utility>

#include <duckdb/common/error_data.hpp>
#include <duckdb/main/connection.hpp>
#include <duckdb/parser/constraints/list.hpp>
#include <duckdb/parser/expression/list.hpp>
#include <duckdb/parser/parsed_data/create_table_info.hpp>
#include <duckdb/parser/parser.hpp>
#include <duckdb/parser/statement/create_statement.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "eider/base/result.h"
#include "eider/codec/utf8.h"
#include "eider/engine/column_plan.h"
#include "eider/engine/new_table_schema.h"
#include "eider/engine/sandbox.h"
#include "eider/iceberg/column_term.h"

namespace eider::engine {
namespace {

using duckdb::CreateTableInfo;
using Expressions = duckdb::vector<duckdb::unique_ptr<duckdb::ParsedExpression>>;

// Reads one statement. Borrows the file's name.
class StatementReader {
 public:
  explicit StatementReader(const std::string& file) : file_(file) {}

  Result<TableStatement> Read(const std::string& sql, const EngineOptions& options) const {
    EIDER_ASSIGN(const auto create, Parse(sql));
    auto& info = create->info->Cast<CreateTableInfo>();
    EIDER_CHECK(CheckInfo(info));
    TableStatement table;
    table.name = NameOf(info);
    EIDER_ASSIGN(table.partition_by, Terms("PARTITIONED BY", info.partition_keys));
    EIDER_ASSIGN(table.sort_by, Terms("SORTED BY", info.sort_keys));
    EIDER_CHECK(ReadProperties(info, table));
    EIDER_ASSIGN(table.schema, SchemaOf(info, options));
    return table;
  }

 private:
  std::unexpected<Error> Wrong(std::string_view what) const {
    return Fail(Code::kInvalid,
                fmt::format("{} must hold one statement, CREATE TABLE name (column TYPE [NOT "
                            "NULL], …) [PARTITIONED BY (…)] [SORTED BY (…)] [WITH ('property' = "
                            "'value')], with DuckDB's types: {}",
                            file_, what));
  }

  Result<duckdb::unique_ptr<duckdb::CreateStatement>> Parse(const std::string& sql) const {
    if (!codec::IsUtf8(sql)) return Wrong("its text is not UTF-8");
    duckdb::Parser parser;
    try {
      parser.ParseQuery(sql);
    } catch (const std::exception& error) {
      return Wrong("it does not parse: " + duckdb::ErrorData(error).RawMessage());
    }
    if (parser.statements.size() != 1) {
      return Wrong(fmt::format("it has {} statements", parser.statements.size()));
    }
    auto& statement = parser.statements.front();
    if (statement->type != duckdb::StatementType::CREATE_STATEMENT) {
      return Wrong("it is another statement");
    }
    auto create = duckdb::unique_ptr_cast<duckdb::SQLStatement, duckdb::CreateStatement>(
        std::move(statement));
    if (create->info->type != duckdb::CatalogType::TABLE_ENTRY) {
      return Wrong("it creates something else than a table");
    }
    return create;
  }

  // What it says and an Iceberg table of ours does not have.
  Status CheckInfo(const CreateTableInfo& info) const {
    if (info.query) return Wrong("AS SELECT is not for this: the table would be without its rows");
    if (info.temporary) return Wrong("an Iceberg table is never TEMPORARY");
    if (info.on_conflict != duckdb::OnCreateConflict::ERROR_ON_CONFLICT) {
      return Wrong("OR REPLACE and IF NOT EXISTS are not for this: a table that is there stays");
    }
    for (const duckdb::ColumnDefinition& column : info.columns.Logical()) {
      if (column.Generated() || column.HasDefaultValue()) {
        return Wrong(fmt::format("column {} has a {}, which is not kept", column.Name(),
                                 column.Generated() ? "generated value" : "DEFAULT"));
      }
    }
    for (const auto& constraint : info.constraints) {
      if (constraint->type != duckdb::ConstraintType::NOT_NULL) {
        return Wrong("of constraints only NOT NULL is kept, not " + constraint->ToString());
      }
    }
    return {};
  }

  static std::string NameOf(const CreateTableInfo& info) {
    std::string name;
    for (const std::string& level : {info.catalog, info.schema}) {
      if (!level.empty()) name += level + ".";
    }
    return name + info.table;
  }

  Result<std::string> Term(std::string_view clause, const duckdb::ParsedExpression& term) const {
    switch (term.GetExpressionClass()) {
      case duckdb::ExpressionClass::COLUMN_REF: {
        std::vector<std::string> names;
        for (const auto& name : term.Cast<duckdb::ColumnRefExpression>().column_names) {
          names.push_back(iceberg::TermName(name));
        }
        return fmt::to_string(fmt::join(names, "."));
      }
      case duckdb::ExpressionClass::CONSTANT:
        return term.Cast<duckdb::ConstantExpression>().value.ToString();
      case duckdb::ExpressionClass::FUNCTION: {
        const auto& call = term.Cast<duckdb::FunctionExpression>();
        if (call.is_operator) break;
        std::vector<std::string> arguments;
        for (const auto& argument : call.children) {
          EIDER_ASSIGN(std::string text, Term(clause, *argument));
          arguments.push_back(std::move(text));
        }
        return fmt::format("{}({})", call.function_name, fmt::join(arguments, ", "));
      }
      default:
        break;
    }
    return Wrong(
        fmt::format("{} takes columns and transforms such as day(ts) and bucket(16, id), "
                    "not {}",
                    clause, term.ToString()));
  }

  Result<std::vector<std::string>> Terms(std::string_view clause, const Expressions& keys) const {
    std::vector<std::string> terms;
    for (const auto& key : keys) {
      EIDER_ASSIGN(std::string term, Term(clause, *key));
      terms.push_back(std::move(term));
    }
    return terms;
  }

  Status ReadProperties(const CreateTableInfo& info, TableStatement& table) const {
    for (const auto& [name, value] : info.options) {
      if (!value || value->GetExpressionClass() != duckdb::ExpressionClass::CONSTANT) {
        return Wrong(fmt::format("property '{}' needs a value such as 'zstd'", name));
      }
      table.properties[name] = value->Cast<duckdb::ConstantExpression>().value.ToString();
    }
    return {};
  }

  // Names of types get a meaning by a table in memory that has these columns.
  Result<iceberg::Schema> SchemaOf(const CreateTableInfo& info,
                                   const EngineOptions& options) const {
    EIDER_ASSIGN(const auto sandbox, Sandbox::Open(options));
    std::vector<ResultColumn> columns;
    try {
      auto columns_only = duckdb::make_uniq<CreateTableInfo>("", "", "t");
      columns_only->columns = info.columns.Copy();
      auto create = duckdb::make_uniq<duckdb::CreateStatement>();
      create->info = std::move(columns_only);
      duckdb::Connection connection(sandbox->database());
      const auto result = connection.Query(std::move(create));
      if (result->HasError()) result->ThrowError();
      const auto table = connection.TableInfo("t");
      for (const auto& column : table->columns) {
        columns.push_back({column.Name(), column.Type()});
      }
    } catch (const std::exception& error) {
      return Wrong(duckdb::ErrorData(error).RawMessage());
    }
    EIDER_ASSIGN(iceberg::Schema schema, NewTableSchema(columns, "", file_, "the statement"));
    for (const auto& constraint : info.constraints) {
      const auto& not_null = constraint->Cast<duckdb::NotNullConstraint>();
      schema.fields[not_null.index.index].required = true;
    }
    return schema;
  }

  const std::string& file_;
};

}  // namespace

Result<TableStatement> ReadTableStatement(const std::string& sql, const std::string& file,
                                          const EngineOptions& options) {
  return StatementReader(file).Read(sql, options);
}

}  // namespace eider::engine
