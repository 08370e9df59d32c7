// The prepared records in a folder or bucket: written by `eider prepare`, read by `eider commit`.
#pragma once

#include <functional>
#include <string>

#include "eider/app/commands.h"
#include "eider/base/clock.h"
#include "eider/base/result.h"
#include "eider/base/uri.h"
#include "eider/pipeline/prepared_record.h"
#include "eider/store/object_store.h"

namespace eider::app {

// What an option names as the place of records: a folder, or s3://bucket/prefix/. Errors: kInvalid.
Result<Uri> PlaceOfRecords(Session& session, const std::string& argument);

// Puts the record there; its URI. Errors: those of ObjectStore::Put.
Result<std::string> PutRecord(store::ObjectStore& store, const Uri& place,
                              const pipeline::PreparedRecord& record, Clock& clock, Random& random);

struct FoundRecord {
  Uri uri;
  TimePoint modified{};
  Result<pipeline::PreparedRecord> record;  // those of ParsePrepared and of reading it
};

// Calls `visit` with each record below the folder, in the order of their names, until it returns
// false. Errors: those of ObjectStore::List.
Status EachRecordBelow(store::ObjectStore& store, const Uri& folder,
                       const std::function<bool(FoundRecord found)>& visit);

// Calls `visit` with each record at a place or, where the argument is one, with that record; in the
// order of their names, until it returns false. Errors: kInvalid (an argument that is no URI or
// path), kNotFound, those of ObjectStore::List.
Status EachRecord(Session& session, const std::string& argument,
                  const std::function<bool(FoundRecord found)>& visit);

}  // namespace eider::app
