// Whether a file may be prepared in pieces, told by asking for one of them.
#pragma once

#include <string>

#include "eider/base/file_ref.h"
#include "eider/pipeline/file_phases.h"
#include "eider/pipeline/services.h"

namespace eider::pipeline {

// Why the file is not to be cut; empty: it may be. Nothing is claimed or written, and of the file
// only a small piece is read.
std::string WhyKeptWhole(const Services& services, const FileRef& file, Plan plan);

}  // namespace eider::pipeline
