// Owns one file descriptor per Descriptor; a Failure says which system call failed and why.
// Any thread, one at a time. Nothing in the core throws: functions return an empty value and fill a Failure.
#pragma once

#include <utility>

namespace manycore {

struct Failure {
  int number = 0;         // errno, 0 while nothing failed
  const char* call = "";  // name of the system call

  explicit operator bool() const { return number != 0; }

  // The empty value of any type, for `return failure.of(errno, "open");`.
  struct Nothing {
    template <class T>
    operator T() const {
      return T{};
    }
  };
  Nothing of(int error, const char* name) {
    number = error;
    call = name;
    return {};
  }
};

// Closes `fd`; implemented by the operating system's folder. Returns 0 or errno.
int closeDescriptor(int fd);

// Moves, never copies, so that no descriptor is closed twice.
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
