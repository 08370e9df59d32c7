// How commands take the files that they are about.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace eider::app {

// The positional URIs and --event, as FindWork reads them. Borrows both as long as the command.
void AddFileArguments(CLI::App& command, std::vector<std::string>& uris, std::string& event);

}  // namespace eider::app
