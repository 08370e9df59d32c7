// The SQL engine in a process of its own for each call: for files that broke a process before.
//
// A call that crashes, hangs or eats its memory ends that process and is an error like any other:
// kReaderCrashed. Data files of a process that died are removed.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "eider/base/clock.h"
#include "eider/engine/reader_process.h"
#include "eider/engine/sql_engine.h"
#include "eider/store/object_store.h"

namespace eider::engine {

// Answers Describe, Run, RunParts, DistinctValues and ParquetMetadata in children, one for each
// call; what works on no foreign bytes, or for people who look on, goes to `in_process`. `program`
// is asked before each call, since it knows what memory is left then. `timeout` is for queries that
// have none. Borrows the engine and the store.
std::unique_ptr<SqlEngine> NewIsolatedEngine(std::function<ReaderProgram()> program,
                                             SqlEngine& in_process, store::ObjectStore& store,
                                             std::optional<Milliseconds> timeout);

// The child's side: the answer to a question of an isolated engine.
std::string AnswerQuestion(SqlEngine& engine, const std::string& question,
                           const std::stop_token& stop);

// The answer of a child that cannot even open its engine.
std::string AnswerWith(const Error& error);

}  // namespace eider::engine
