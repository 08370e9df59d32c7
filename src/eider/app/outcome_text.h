// What became of a file, as lines for people.
#pragma once

#include "eider/app/console.h"
#include "eider/pipeline/outcome.h"

namespace eider::app {

// One line, and further ones for what is worth knowing: on `err` where the file failed.
void PrintOutcome(Console& console, const pipeline::Outcome& outcome, bool is_dry_run);

}  // namespace eider::app
