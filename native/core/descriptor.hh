// Owns one file descriptor. One thread at a time; closing happens in whichever thread drops it.
// Moves, never copies, so that no descriptor is closed twice.
#pragma once

#include <utility>

namespace manycore {

// Closes `fd`; implemented by the operating system's folder. Returns 0 or errno.
int closeDescriptor(int fd);

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() {
    if (fd_ >= 0) closeDescriptor(fd_);
  }

  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

}  // namespace manycore
