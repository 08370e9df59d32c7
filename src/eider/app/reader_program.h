// The child that reads one suspect: this program again, with the configuration of this process.
#pragma once

#include <cstdint>

#include "eider/config/config.h"
#include "eider/engine/reader_process.h"

namespace eider::app {

// `eider reader` with every setting of `config` in its environment, and with the memory that this
// process leaves. A dry run's reader writes nothing either.
engine::ReaderProgram ReaderProgramFor(const config::Config& config, bool is_dry_run);

// From now on this process, and what it starts, cannot hold more private memory than this; what
// goes beyond it is not given. Source: setrlimit(2), RLIMIT_DATA.
void BoundMemory(std::uint64_t bytes);

// From now on this process, and what it starts, may have as many files open as the system lets it,
// up to 65,536: those of a group are open together, for each worker. Source: setrlimit(2),
// RLIMIT_NOFILE.
void RaiseOpenFiles();

}  // namespace eider::app
