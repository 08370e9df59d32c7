#include "eider/app/file_arguments.h"

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace eider::app {

void AddFileArguments(CLI::App& command, std::vector<std::string>& uris, std::string& event) {
  command
      .add_option_function<std::vector<std::string>>(
          "URI", [&uris](const std::vector<std::string>& named) { uris = named; },
          "s3://bucket/key, s3://bucket/prefix/ (every object below it), files and folders")
      ->type_name("")
      ->expected(0, CLI::detail::expected_max_vector_size);
  command
      .add_option("--event", event,
                  "A file with an S3 event notification in JSON; - is standard input")
      ->type_name("FILE");
}

}  // namespace eider::app
