// Files that `schema: hold` holds, and what all of them together ask of a table.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "eider/base/clock.h"
#include "eider/base/file_ref.h"
#include "eider/base/result.h"
#include "eider/iceberg/schema_evolution.h"
#include "eider/iceberg/table_metadata.h"
#include "eider/iceberg/type.h"
#include "eider/ledger/ledger.h"

namespace eider::pipeline {

// A file that waits until a table has changed, or that a load which broke off had taken up then.
struct HeldFile {
  FileRef file;
  std::string route;
  TimePoint since{};
  iceberg::SchemaDemand demand = {};  // of the table
};

// Those of each table, oldest first. Errors: those of Ledger::Query, kCorrupt.
using HeldFiles = std::map<std::string, std::vector<HeldFile>>;

Result<HeldFiles> FindHeldFiles(ledger::Ledger& ledger);

// A column that a file wants of another type than another file, or than the table has it.
struct Contradiction {
  std::string path;
  iceberg::Type wanted;
  std::string file;  // its URI
  iceberg::Type other;
  std::string other_file;  // empty: the table has it
};

// How the table would change.
struct Proposal {
  std::optional<iceberg::SchemaEvolution> evolution = {};  // nothing: it need not
  std::vector<Contradiction> contradictions = {};
};

// What the files lack in the table as it is. Errors: as EvolveSchema.
Result<Proposal> Propose(const iceberg::TableMetadata& table, std::span<const HeldFile> files);

// "column c: s3://a/x needs string, s3://a/y needs date: …", with what to do.
std::string ToString(const Contradiction& contradiction);

}  // namespace eider::pipeline
