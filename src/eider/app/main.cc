// The program: hands the process's arguments, environment and streams to RunProgram.
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include "eider/app/cli.h"
#include "eider/app/console.h"

namespace {

std::optional<std::string> Variable(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

}  // namespace

int main(int argc, char** argv) {
  eider::app::Process process;
  process.arguments.assign(argv + (argc > 0 ? 1 : 0), argv + argc);
  // What Lambda starts in a custom runtime. The zip brings a C library and its encodings along.
  if (argc > 0 && std::filesystem::path(argv[0]).filename() == "bootstrap") {
    process.arguments.insert(process.arguments.begin(), "lambda");
    const auto encodings = std::filesystem::path(argv[0]).parent_path() / "lib" / "gconv";
    ::setenv("GCONV_PATH", encodings.c_str(), 0);
  }
  process.environment = Variable;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view variable = *entry;
    process.environment_names.emplace_back(variable.substr(0, variable.find('=')));
  }
  std::error_code no_directory;  // it may have been removed; absolute paths work all the same
  process.working_directory = std::filesystem::current_path(no_directory).string();
  process.is_supervised = true;
  eider::app::Console console = eider::app::Console::OfProcess(Variable);
  return eider::app::RunProgram(process, console);
}
