// Owns nothing: says which system call failed and why. Any thread may use it.
// Functions of the core never throw; they return an empty value and fill one of these.
#pragma once

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

}  // namespace manycore
