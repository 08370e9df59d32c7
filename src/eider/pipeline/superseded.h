// Whether a file failed because its content is not there any more.
#pragma once

#include "eider/pipeline/outcome.h"
#include "eider/store/object_store.h"

namespace eider::pipeline {

// As the store itself says of the key or version: trying again would find it as little, and newer
// content is another file, of which an event or listing of its own tells. Whatever else keeps the
// store from saying so leaves the file failed, to be tried again. Asks the store where the error
// leaves it open.
bool IsSuperseded(store::ObjectStore& store, const Outcome& failed);

// An event that does not tell ETag and size names no version, and where its object was gone when it
// came, nobody else could tell: such a file is in the load history, and never read. True where this
// is one and there is an object of that name by now, which has its own identity and its own entry.
// Errors: those of ObjectStore::Stat.
Result<bool> IsOfNoVersion(store::ObjectStore& store, const FileRef& file);

}  // namespace eider::pipeline
