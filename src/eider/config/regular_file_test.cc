// What is no regular file is named, and nobody waits for it.
#include "eider/config/regular_file.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "eider/base/result.h"

namespace eider::config {
namespace {

using ::testing::HasSubstr;

class RegularFile : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = std::filesystem::temp_directory_path() / "eider-fifo-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }

  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string Fifo() {
    const std::string path = folder_ / "fifo";
    EXPECT_EQ(::mkfifo(path.c_str(), 0600), 0);
    return path;
  }

  std::string Socket() {
    const std::string path = folder_ / "socket";
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ::close(descriptor);
    return path;
  }

  static void ExpectRefused(const std::string& path, const std::string& kind) {
    const Status checked = CheckRegularFile(path);
    ASSERT_FALSE(checked) << path;
    EXPECT_EQ(checked.error().code, Code::kInvalid);
    EXPECT_EQ(checked.error().message, "is a " + kind + ", not a file: " + path);
  }

  std::filesystem::path folder_;
};

TEST_F(RegularFile, IsReadToItsEnd) {
  const std::string path = folder_ / "text";
  std::ofstream(path) << "0123456789";
  EXPECT_EQ(ReadTextFile(path, 10), "0123456789");
  EXPECT_THAT(ReadTextFile(path, 9).error().message, HasSubstr("larger than 9 bytes"));
  EXPECT_EQ(ReadTextFile("/nowhere/x", 10).error().code, Code::kNotFound);
  EXPECT_TRUE(CheckRegularFile(path));
  EXPECT_TRUE(CheckRegularFile(folder_ / "not there"));
}

// A routes file that was a FIFO kept the program waiting, deaf to SIGTERM.
TEST_F(RegularFile, NobodyWaitsForAFifoOrADevice) {
  for (const std::string& path : {Fifo(), std::string("/dev/zero"), std::string("/")}) {
    const auto read = ReadTextFile(path, 10);
    ASSERT_FALSE(read) << path;
    EXPECT_EQ(read.error().code, Code::kInvalid);
    EXPECT_THAT(read.error().message, HasSubstr(path));
  }
}

TEST_F(RegularFile, WhatElseItIsIsNamed) {
  ExpectRefused(Fifo(), "FIFO");
  ExpectRefused(Socket(), "socket");
  ExpectRefused("/dev/zero", "device");
  ExpectRefused(folder_, "folder");
}

}  // namespace
}  // namespace eider::config
