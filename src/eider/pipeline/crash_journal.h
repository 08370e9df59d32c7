// Which files are in work in this process, kept where a crash of the process does not reach.
#pragma once

#include "eider/base/file_ref.h"

namespace eider::pipeline {

// Safe for concurrent calls from several threads.
class CrashJournal {
 public:
  virtual ~CrashJournal() = default;

  virtual void Begin(const FileRef& file) = 0;
  virtual void End(const FileRef& file) = 0;

  // Whether an earlier process of this run ended while it had the file in work.
  virtual bool BrokeOff(const FileRef& file) const = 0;
};

}  // namespace eider::pipeline
