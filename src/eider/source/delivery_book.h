// Who waits for which file: deliveries, the files in them, and which deliveries are to come again.
//
// A delivery is done when each of its files is. It may have many files, and many deliveries may
// wait for one: whoever repeats an event, or sends it by two ways, has it loaded once.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "eider/base/file_ref.h"
#include "eider/base/uri.h"

namespace eider::source {

// Deliveries are known by the numbers that the caller gives them. Used by one thread at a time.
class DeliveryBook {
 public:
  // The delivery waits for the file. Whether it is the first to do so.
  bool Add(std::size_t delivery, const FileRef& file);

  // The delivery is to come again, whatever becomes of its files.
  void Fail(std::size_t delivery, std::string why);

  // The end of a file that was added: it is done, or all that wait for it are to come again.
  void Done(const FileRef& file);
  void Failed(const FileRef& file, std::string why);

  // Files that have no end yet.
  std::vector<FileRef> Open() const;

  // Deliveries that are to come again, and why: one for each failure, in their order.
  const std::set<std::size_t>& failed() const { return failed_; }

  const std::vector<std::string>& reasons() const { return reasons_; }

 private:
  using Identity = std::pair<Uri, std::string>;  // with FileRef::Version

  struct Waiting {
    FileRef file;
    std::vector<std::size_t> deliveries;
    bool is_open = true;
  };

  std::map<Identity, Waiting> waiting_;
  std::set<std::size_t> failed_;
  std::vector<std::string> reasons_;
};

}  // namespace eider::source
