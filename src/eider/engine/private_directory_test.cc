// Directories of killed processes go, those of living ones and of others stay.
#include "eider/engine/private_directory.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace eider::engine {
namespace {

namespace fs = std::filesystem;

class PrivateDirectoryTest : public ::testing::Test {
 protected:
  PrivateDirectoryTest() {
    std::string pattern = fs::temp_directory_path() / "eider-private-XXXXXX";
    parent_ = ::mkdtemp(pattern.data());
  }

  ~PrivateDirectoryTest() override { fs::remove_all(parent_); }

  std::unique_ptr<PrivateDirectory> Make() {
    auto made = PrivateDirectory::Make(parent_);
    EXPECT_TRUE(made) << made.error().message;
    return *std::move(made);
  }

  // The directory of a process that has been killed.
  fs::path OfADeadProcess() {
    const pid_t pid = ::fork();
    if (pid == 0) {
      auto made = PrivateDirectory::Make(parent_);
      std::ofstream((*made)->path() + "/spilled") << "rows";
      ::kill(::getpid(), SIGKILL);
    }
    EXPECT_EQ(::waitpid(pid, nullptr, 0), pid);
    for (const auto& entry : fs::directory_iterator(parent_)) {
      if (fs::exists(entry.path() / "spilled")) return entry.path();
    }
    ADD_FAILURE() << "the process made no directory";
    return {};
  }

  fs::path parent_;
};

// 1.4 GB lay below the temporary directory after a few kills, for ever.
TEST_F(PrivateDirectoryTest, NextStartRemovesWhatAKilledProcessLeft) {
  const fs::path left = OfADeadProcess();
  fs::create_directories(left / "deeper" / "still");
  const auto made = Make();
  EXPECT_FALSE(fs::exists(left));
  EXPECT_TRUE(fs::exists(made->path()));
}

TEST_F(PrivateDirectoryTest, LivingOwnersKeepTheirs) {
  const auto first = Make();
  const auto second = Make();
  RemoveAbandonedDirectories(parent_);
  EXPECT_TRUE(fs::exists(first->path()));
  EXPECT_TRUE(fs::exists(second->path()));
}

// Such as one that is just being made, or one of an earlier program.
TEST_F(PrivateDirectoryTest, OneWithoutALockStays) {
  fs::create_directory(parent_ / "eider-abc123");
  std::ofstream(parent_ / "eider-abc123" / "owner.lock.new") << "";
  RemoveAbandonedDirectories(parent_);
  EXPECT_TRUE(fs::exists(parent_ / "eider-abc123"));
}

TEST_F(PrivateDirectoryTest, OtherNamesAndLinksStay) {
  const fs::path left = OfADeadProcess();
  const fs::path other = parent_ / "eider-ledger-abc123";
  fs::rename(left, other);
  fs::create_directory_symlink(other, parent_ / "eider-abc123");
  fs::create_directory(parent_ / "eider-def456");
  fs::create_symlink(other / "owner.lock", parent_ / "eider-def456" / "owner.lock");
  RemoveAbandonedDirectories(parent_);
  EXPECT_TRUE(fs::exists(other / "spilled"));
  EXPECT_TRUE(fs::is_symlink(parent_ / "eider-abc123"));
  EXPECT_TRUE(fs::exists(parent_ / "eider-def456"));
}

TEST_F(PrivateDirectoryTest, AParentThatIsNotThereIsAnError) {
  const auto made = PrivateDirectory::Make(parent_ / "nowhere");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, Code::kUnavailable);
}

}  // namespace
}  // namespace eider::engine
