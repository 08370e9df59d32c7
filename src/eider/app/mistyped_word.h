// What somebody may have meant who typed a command or an option that there is not.
#pragma once

#include <span>
#include <string>

namespace CLI {
class App;
}

namespace eider::app {

// "'rnu' is no command of eider: did you mean 'run'?" of the first wrong word of `arguments`; empty
// where none is wrong, or nothing near an option is known.
std::string HintOfMistyped(const CLI::App& program, std::span<const std::string> arguments);

}  // namespace eider::app
