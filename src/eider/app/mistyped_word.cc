// Walks down the commands as the arguments name them, to the first word that is none.
#include "eider/app/mistyped_word.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "eider/config/nearest_name.h"

namespace eider::app {
namespace {

// "eider routes".
std::string PathOf(const CLI::App& command) {
  if (command.get_parent() == nullptr) return command.get_name();
  return PathOf(*command.get_parent()) + " " + command.get_name();
}

std::vector<const CLI::App*> CommandsOf(const CLI::App& command) {
  return command.get_subcommands([](const CLI::App* known) {
    return !known->get_name().empty() && !known->get_group().empty();
  });
}

// Those of the commands above are options of this one, too.
const CLI::Option* FindOption(const CLI::App* command, const std::string& name) {
  for (; command != nullptr; command = command->get_parent()) {
    if (const CLI::Option* option = command->get_option_no_throw(name)) return option;
  }
  return nullptr;
}

std::vector<std::string> OptionsOf(const CLI::App* command) {
  std::vector<std::string> names;
  for (; command != nullptr; command = command->get_parent()) {
    for (const CLI::Option* option : command->get_options()) {
      for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    }
  }
  return names;
}

std::string HintOfCommand(const CLI::App& command, const std::string& word) {
  std::vector<std::string_view> views;
  for (const CLI::App* known : CommandsOf(command)) views.push_back(known->get_name());
  return fmt::format("'{}' is no command of {}: {}", word, PathOf(command),
                     config::NameHint(word, views));
}

std::string HintOfOption(const CLI::App& command, const std::string& name) {
  const std::vector<std::string> names = OptionsOf(&command);
  const std::vector<std::string_view> views(names.begin(), names.end());
  const std::string_view nearest = config::NearestName(name, views);
  if (nearest.empty()) return "";
  return fmt::format("{} is no option of {}: did you mean {}?", name, PathOf(command), nearest);
}

}  // namespace

std::string HintOfMistyped(const CLI::App& program, std::span<const std::string> arguments) {
  const CLI::App* command = &program;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string& word = arguments[i];
    if (word == "--") return "";
    if (word.starts_with("--")) {
      const std::string name = word.substr(0, word.find('='));
      const CLI::Option* const option = FindOption(command, name);
      if (option == nullptr) return HintOfOption(*command, name);
      if (name == word && option->get_items_expected_min() > 0) ++i;  // its value
      continue;
    }
    if (word.starts_with("-")) continue;
    const auto commands = CommandsOf(*command);
    if (commands.empty()) continue;  // an argument of the command
    const auto next = std::ranges::find(commands, word, &CLI::App::get_name);
    if (next == commands.end()) return HintOfCommand(*command, word);
    command = *next;
  }
  return "";
}

}  // namespace eider::app
