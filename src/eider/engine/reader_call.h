// A reader call of a route's SQL, such as read_csv('{s3_input_path}', delim = ';'), as values that
// can be looked at and added to before DuckDB sees it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include <duckdb/common/types/value.hpp>
#include <duckdb/main/client_context.hpp>
#include <duckdb/parser/parsed_expression.hpp>
#include <duckdb/parser/tableref.hpp>
#include <duckdb/parser/tableref/table_function_ref.hpp>

namespace eider::engine {

enum class ReaderKind : std::uint8_t { kCsv, kJson, kJsonObjects, kParquet };

// The kind behind a table function's name; nothing for those that read no file.
std::optional<ReaderKind> ReaderKindOf(std::string_view function);

// The name of a reader's argument, as it is written; empty for one by its place.
std::string ArgumentName(const duckdb::ParsedExpression& argument);

// Goes stale when the tree changes there.
class ReaderCall {
 public:
  ReaderCall(duckdb::ClientContext& context, duckdb::TableFunctionRef& call, ReaderKind kind);

  ReaderKind kind() const { return kind_; }

  const std::string& function() const { return function_; }

  // The first argument where it is one path; nothing where it is a list or no constant.
  const std::optional<std::string>& path() const { return path_; }

  bool Has(std::string_view option) const { return options_.contains(option); }

  // The option's value; null when it is not given or no constant.
  const duckdb::Value* Find(std::string_view option) const;

  // Whether all options given are constants.
  bool IsConstant() const { return is_constant_; }

  const std::map<std::string, duckdb::Value, std::less<>>& options() const { return options_; }

  // Adds the option, or gives it another value.
  void Set(const std::string& option, duckdb::Value value);
  void Drop(std::string_view option);

 private:
  void Take(duckdb::ClientContext& context);

  duckdb::TableFunctionRef& call_;
  ReaderKind kind_;
  std::string function_;
  std::optional<std::string> path_;
  bool is_constant_ = true;
  std::map<std::string, duckdb::Value, std::less<>> options_;  // by their names in lower case
};

}  // namespace eider::engine
