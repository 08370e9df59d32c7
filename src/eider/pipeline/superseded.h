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

}  // namespace eider::pipeline
