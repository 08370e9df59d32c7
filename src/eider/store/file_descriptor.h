// An open file of the operating system, closed when its owner goes.
#pragma once

#include <unistd.h>

#include <utility>

namespace eider::store {

class FileDescriptor {
 public:
  FileDescriptor() = default;

  explicit FileDescriptor(int fd) : fd_(fd) {}

  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, kNone)) {}

  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    if (this != &other) {
      Close();
      fd_ = std::exchange(other.fd_, kNone);
    }
    return *this;
  }

  ~FileDescriptor() { Close(); }

  int get() const { return fd_; }

  bool is_open() const { return fd_ != kNone; }

  // Hands the number to an owner that closes it.
  int Release() { return std::exchange(fd_, kNone); }

  void Close() {
    if (is_open()) ::close(std::exchange(fd_, kNone));
  }

 private:
  static constexpr int kNone = -1;

  int fd_ = kNone;
};

}  // namespace eider::store
