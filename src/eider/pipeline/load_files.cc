#include "eider/pipeline/load_files.h"

#include <span>
#include <stop_token>

namespace eider::pipeline {

void LoadFiles(const Services& services, std::span<const FileRef> files, const LoadOptions& options,
               const OnOutcome& report, const std::stop_token& stop) {
  if (files.empty()) return;
  Loader loader(services, options, stop);
  loader.Submit(files, report);
  loader.Drain();
}

}  // namespace eider::pipeline
