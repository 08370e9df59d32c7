// A row of a query's rows as JSON, for people and for readers of JSON.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <duckdb/common/types/data_chunk.hpp>
#include <duckdb/common/types/value.hpp>

namespace eider::engine {

// Exact: numbers keep all of their digits. What JSON has no form for (NaN, infinities, dates,
// binary values) is a text, as SQL casts it; a value that is JSON stands as it is.
std::string JsonOf(const duckdb::Value& value);

// An object of the columns from `first` on, by their names.
std::string RowAsJson(const std::vector<std::string>& names, const duckdb::DataChunk& rows,
                      std::size_t row, std::size_t first);

}  // namespace eider::engine
