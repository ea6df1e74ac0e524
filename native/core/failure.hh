// Owns nothing: says which system call failed and why. Any thread may use it.
// Functions of the core never throw; they return a plain value and fill one of these.
#pragma once

namespace manycore {

struct Failure {
  int number = 0;           // errno, 0 while nothing failed
  const char* call = "";    // name of the system call

  explicit operator bool() const { return number != 0; }
};

}  // namespace manycore
