// Who waits for which file: deliveries, the files in them, and how each delivery ends.
//
// A delivery is done when each of its files is. It may have many files, and many deliveries may
// wait for one: whoever repeats an event, or sends it by two ways, has it loaded once.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "eider/base/file_ref.h"
#include "eider/base/uri.h"
#include "eider/source/delivery.h"

namespace eider::source {

// Deliveries are known by the numbers that the caller gives them, each for one. What has ended is
// forgotten: the book holds only what is open. Used by one thread at a time.
class DeliveryBook {
 public:
  struct Ended {
    std::size_t delivery = 0;
    Settlement as = Settlement::kDone;  // the worst of its files and records
    std::vector<std::string> reasons;   // why it is not done, in their order
  };

  // The delivery waits for the file. Whether it is the first to do so.
  bool Add(std::size_t delivery, const FileRef& file);

  // A record of the delivery is not usable: whatever becomes of its files, it is wrong.
  void Fail(std::size_t delivery, std::string why);

  // All that the delivery waits for is added: it ends with the last of its files.
  void Close(std::size_t delivery);

  // The end of a file, for all that wait for it. `why`: it is not done.
  void End(const FileRef& file, Settlement as, const std::string& why = "");

  // Files that have no end yet.
  std::vector<FileRef> Open() const;

  // The deliveries that have ended since the last call, in the order in which they did.
  std::vector<Ended> TakeEnded() { return std::exchange(ended_, {}); }

 private:
  using Identity = std::pair<Uri, std::string>;  // with FileRef::Version

  struct Waiting {
    FileRef file;
    std::vector<std::size_t> deliveries;
  };

  struct State {
    std::size_t open_files = 0;
    bool is_closed = false;
    Settlement as = Settlement::kDone;
    std::vector<std::string> reasons;
  };

  void EndIfOver(std::size_t delivery);

  std::map<Identity, Waiting> waiting_;
  std::map<std::size_t, State> deliveries_;
  std::vector<Ended> ended_;
};

}  // namespace eider::source
