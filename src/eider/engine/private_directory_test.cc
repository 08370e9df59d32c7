// Directories that are held, left behind, in the making, and of others.
#include "eider/engine/private_directory.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

namespace eider::engine {
namespace {

namespace fs = std::filesystem;

class PrivateDirectoryTest : public ::testing::Test {
 protected:
  PrivateDirectoryTest() {
    std::string pattern = fs::temp_directory_path() / "private-XXXXXX";
    parent_ = ::mkdtemp(pattern.data());
  }

  ~PrivateDirectoryTest() override { fs::remove_all(parent_); }

  // What a process that was killed leaves behind.
  std::string LeftByAKilledProcess() {
    int ends[2] = {};
    EXPECT_EQ(::pipe(ends), 0);
    const pid_t pid = ::fork();
    if (pid == 0) {
      const auto made = PrivateDirectory::Make(parent_);
      const std::string path = made ? (*made)->path() : "";
      if (::write(ends[1], path.data(), path.size()) < 0) ::_exit(1);
      ::close(ends[1]);
      ::pause();
    }
    ::close(ends[1]);
    std::string path;
    char byte = 0;
    while (::read(ends[0], &byte, 1) == 1) path += byte;
    ::close(ends[0]);
    std::ofstream(path + "/spilled") << std::string(1'000, 'x');
    RemoveAbandoned(parent_);
    EXPECT_TRUE(fs::exists(path + "/spilled")) << "its owner lives";
    ::kill(pid, SIGKILL);
    EXPECT_EQ(::waitpid(pid, nullptr, 0), pid);
    return path;
  }

  std::string parent_;
};

TEST_F(PrivateDirectoryTest, GoesAwayWithItsContent) {
  std::string path;
  {
    const auto made = PrivateDirectory::Make(parent_);
    ASSERT_TRUE(made) << made.error().message;
    path = (*made)->path();
    std::ofstream(path + "/spilled") << "x";
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(PrivateDirectoryTest, TheNextStartRemovesWhatAKilledProcessLeft) {
  const std::string left = LeftByAKilledProcess();
  ASSERT_TRUE(fs::exists(left));
  const auto made = PrivateDirectory::Make(parent_);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_FALSE(fs::exists(left));
  RemoveAbandoned(parent_);
  EXPECT_TRUE(fs::exists((*made)->path()));
}

TEST_F(PrivateDirectoryTest, LeavesAloneWhatIsNotItsOwn) {
  fs::create_directory(parent_ + "/eider-backup");
  fs::create_directory(parent_ + "/eider-spill-abcdef");  // others may enter it: not made by us
  fs::create_directory(parent_ + "/elsewhere");
  fs::permissions(parent_ + "/elsewhere", fs::perms::owner_all);
  fs::create_directory_symlink(parent_ + "/elsewhere", parent_ + "/eider-spill-linked");
  RemoveAbandoned(parent_);
  EXPECT_TRUE(fs::exists(parent_ + "/eider-backup"));
  EXPECT_TRUE(fs::exists(parent_ + "/eider-spill-abcdef"));
  EXPECT_TRUE(fs::exists(parent_ + "/eider-spill-linked"));
}

}  // namespace
}  // namespace eider::engine
