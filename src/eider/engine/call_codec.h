// Calls of SqlEngine and their answers as JSON values, so that another process can answer them.
//
// The values cross one pipe between two processes of the same program and are never kept. They are
// sent as CBOR (RFC 8949), because keys and bounds may be any bytes. Decoding trusts nothing: an
// answer may come from a process that a hostile file has damaged.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "eider/base/result.h"
#include "eider/codec/json.h"
#include "eider/engine/query.h"
#include "eider/engine/sql_engine.h"
#include "eider/engine/written.h"
#include "eider/iceberg/manifest.h"
#include "eider/iceberg/schema.h"

namespace eider::engine {

// A text of any bytes.
codec::Json BytesToJson(const std::string& bytes);

codec::Json ToJson(const FileRef& file);
codec::Json ToJson(const Query& query);
codec::Json ToJson(const PartQuery& part);
codec::Json ToJson(const std::vector<iceberg::DataFile>& files);
codec::Json ToJson(const Written& written);
codec::Json ToJson(const std::optional<Transformed>& transformed);
codec::Json ToJson(const NewTable& made);
codec::Json ToJson(const Error& error);

// All throw nlohmann's exceptions or std::runtime_error where a value is not of the right shape;
// their callers catch.
std::string BytesFrom(const codec::Json& json);  // also of a text
FileRef FileRefFrom(const codec::Json& json);
Query QueryFrom(const codec::Json& json);
iceberg::Schema SchemaFrom(const codec::Json& json);
// Its files are finished when the query ends, as the process that has it ends then, too.
WriteTarget TargetFrom(const codec::Json& json, const iceberg::Schema& schema);
std::vector<iceberg::DataFile> DataFilesFrom(const codec::Json& json);
Written WrittenFrom(const codec::Json& json);
std::optional<Transformed> TransformedFrom(const codec::Json& json);
NewTable NewTableFrom(const codec::Json& json);
Error ErrorFrom(const codec::Json& json);

// The bytes of a value.
std::string ToBytes(const codec::Json& json);

}  // namespace eider::engine
