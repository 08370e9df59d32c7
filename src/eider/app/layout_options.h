// The options that say how a table is made, and what routes read of them.
#pragma once

#include <CLI/CLI.hpp>

#include "eider/app/commands.h"
#include "eider/base/result.h"
#include "eider/codec/json.h"

namespace eider::app {

// Adds them to a command; `options` gets what is given, and outlives the command.
void AddLayoutOptions(CLI::App& command, LayoutOptions& options);

// Sets the attributes of a route that are given. Errors: those of MapOf.
Status SetLayout(const LayoutOptions& options, codec::Json& item);

}  // namespace eider::app
