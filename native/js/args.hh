// Owns the arguments of one call from JavaScript: checked reading, and results and errors on the way back.
// Lives on the stack of the environment's thread during that call.
#pragma once

#include <node_api.h>

#include <cstdint>
#include <initializer_list>
#include <span>

#include "../core/system.hh"
#include "environment.hh"

namespace manycore {

// The first wrong argument throws; from then on ok() is false and every reader returns zero.
class Args {
 public:
  Args(napi_env env, napi_callback_info info);

  bool ok() const { return ok_; }
  napi_env env() const { return env_; }
  Environment& environment() const { return *environment_; }
  napi_value value(size_t index) const { return values_[index]; }

  double number(size_t index, const char* name);
  double integer(size_t index, const char* name, double least, double most);
  int pid(size_t index) { return static_cast<int>(integer(index, "pid", 1, INT32_MAX)); }
  int fd(size_t index) { return static_cast<int>(integer(index, "fd", 0, INT32_MAX)); }
  uint64_t inode(size_t index) { return static_cast<uint64_t>(integer(index, "inode", 0, 9007199254740991.0)); }
  int32_t int32(size_t index, const char* name) {
    return static_cast<int32_t>(integer(index, name, INT32_MIN, INT32_MAX));
  }
  // nullptr, and an error, when the map is closed or the word lies outside.
  const std::shared_ptr<Region>* region(size_t index);
  int32_t* word(size_t mapIndex, size_t wordIndex);
  napi_value function(size_t index, const char* name);

  void fail(decltype(&napi_throw_type_error) raise, const char* name, const char* expected);

 private:
  static constexpr size_t kMost = 5;

  napi_env env_;
  Environment* environment_ = nullptr;
  napi_value values_[kMost];
  bool ok_ = true;
};

// If there is a failure, throws an Error with `code` (ENOENT ...), `errno` (negative, as Node's) and `syscall`.
bool throwIf(napi_env env, const Failure& failure);
// An ArrayBuffer over our memory, or nullptr and an error. `finalizer` is called in both cases, at some time.
napi_value toBuffer(napi_env env, void* data, uint64_t byteLength, napi_finalize finalizer, void* hint);

struct Property {
  const char* name;
  napi_value value;
};
napi_value toObject(napi_env env, std::initializer_list<Property> properties);
napi_value toNumber(napi_env env, double value);
napi_value toBoolean(napi_env env, bool value);

struct Call {
  const char* name;
  napi_callback function;
};

// The functions that JavaScript sees, one file of them per concern.
std::span<const Call> regionCalls();
std::span<const Call> wordCalls();
std::span<const Call> parkerCalls();
std::span<const Call> lifeCalls();
std::span<const Call> programCalls();
std::span<const Call> socketCalls();

}  // namespace manycore
