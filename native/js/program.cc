#include <algorithm>
#include <mutex>

#include "args.hh"

namespace manycore {

// Where the registry of the program lies; one for all threads of the process, whichever asked first.
static std::mutex mutex;
static double handle[3];  // Process (0: not known yet), descriptor, inode.

static napi_value toHandle(napi_env env) {
  napi_value array = nullptr;
  napi_create_array_with_length(env, 3, &array);
  for (uint32_t i = 0; i < 3; i++) napi_set_element(env, array, i, toNumber(env, handle[i]));
  return array;
}

static napi_value program(napi_env env, napi_callback_info) {
  const std::lock_guard<std::mutex> lock(mutex);
  return handle[0] == 0 ? nullptr : toHandle(env);
}

static napi_value claimProgram(napi_env env, napi_callback_info info) {
  Args args(env, info);
  const double given[] = {static_cast<double>(args.pid(0)), static_cast<double>(args.fd(1)),
                          static_cast<double>(args.inode(2))};
  if (!args.ok()) return nullptr;
  const std::lock_guard<std::mutex> lock(mutex);
  if (handle[0] == 0) std::copy_n(given, 3, handle);
  return toHandle(env);
}

std::span<const Call> programCalls() {
  static constexpr Call kCalls[] = {{"program", program}, {"claimProgram", claimProgram}};
  return kCalls;
}

}  // namespace manycore
