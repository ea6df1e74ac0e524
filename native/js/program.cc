#include <mutex>

#include "args.hh"
#include "calls.hh"

namespace manycore {

namespace {

// Where the registry of the program lies; one for all threads of the process, whichever asked first.
std::mutex mutex;
bool isKnown = false;
double handle[3];

napi_value toHandle(napi_env env) {
  napi_value array = nullptr;
  napi_create_array_with_length(env, 3, &array);
  for (uint32_t i = 0; i < 3; i++) napi_set_element(env, array, i, toNumber(env, handle[i]));
  return array;
}

napi_value program(napi_env env, napi_callback_info) {
  const std::lock_guard<std::mutex> lock(mutex);
  return isKnown ? toHandle(env) : nullptr;
}

napi_value claimProgram(napi_env env, napi_callback_info info) {
  Args args(env, info);
  const double pid = args.pid(0);
  const double fd = args.fd(1);
  const double inode = static_cast<double>(args.inode(2));
  if (!args.ok()) return nullptr;
  const std::lock_guard<std::mutex> lock(mutex);
  if (!isKnown) {
    handle[0] = pid;
    handle[1] = fd;
    handle[2] = inode;
    isKnown = true;
  }
  return toHandle(env);
}

}  // namespace

std::span<const Call> programCalls() {
  static constexpr Call kCalls[] = {
      {"program", program},
      {"claimProgram", claimProgram},
  };
  return kCalls;
}

}  // namespace manycore
