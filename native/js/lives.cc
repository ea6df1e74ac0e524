#include <vector>

#include "../core/clock.hh"
#include "../core/life.hh"
#include "args.hh"

namespace manycore {

constexpr double kMaxStartTime = 9007199254740991.0;

static napi_value lifeline(napi_env env, napi_callback_info info) {
  Args args(env, info);
  const int pid = args.pid(0);
  const double startTime = args.integer(1, "startTime", 0, kMaxStartTime);
  if (!args.ok()) return nullptr;
  Failure failure;
  watchParent(pid, startTime, failure);
  throwIf(env, failure);
  return nullptr;
}

template <double (*ask)(int)>
static napi_value askNumber(napi_env env, napi_callback_info info) {
  Args args(env, info);
  const int pid = args.pid(0);
  return args.ok() ? toNumber(env, ask(pid)) : nullptr;
}

static napi_value alive(napi_env env, napi_callback_info info) {
  Args args(env, info);
  const int pid = args.pid(0);
  const double startTime = args.integer(1, "startTime", 0, kMaxStartTime);
  return args.ok() ? toBoolean(env, isAlive(pid, startTime)) : nullptr;
}

static napi_value wait(napi_env env, napi_callback_info info) {
  Args args(env, info);
  const int pid = args.pid(0);
  const double timeoutMs = args.number(1, "timeoutMs");
  if (!args.ok()) return nullptr;
  Ending ending;
  Failure failure;
  const bool lives = args.environment().waitUntil(deadlineAfter(timeoutMs), [&](int64_t until) {
    ending = waitExit(pid, until, failure);
    return ending.exited || failure;
  });
  if (throwIf(env, failure) || !lives) return nullptr;
  return toObject(env, {{"exited", toBoolean(env, ending.exited)},
                        {"code", toNumber(env, ending.code)},
                        {"signal", toNumber(env, ending.signal)}});
}

static napi_value reapChild(napi_env env, napi_callback_info info) {
  Args args(env, info);
  const int pid = args.pid(0);
  return args.ok() ? toBoolean(env, reap(pid)) : nullptr;
}

static napi_value setCpus(napi_env env, napi_callback_info info) {
  Args args(env, info);
  const int pid = args.pid(0);
  uint32_t length = 0;
  if (args.ok() && napi_get_array_length(env, args.value(1), &length) != napi_ok) {
    args.fail(napi_throw_type_error, "cpus", "an array of numbers");
  }
  std::vector<int> cpus;
  for (uint32_t index = 0; args.ok() && index < length; index++) {
    napi_value element;
    int32_t cpu = -1;
    if (napi_get_element(env, args.value(1), index, &element) != napi_ok ||
        napi_get_value_int32(env, element, &cpu) != napi_ok) {
      args.fail(napi_throw_type_error, "cpus", "an array of numbers");
    }
    cpus.push_back(cpu);
  }
  if (!args.ok()) return nullptr;
  Failure failure;
  setAffinity(pid, cpus, failure);
  throwIf(env, failure);
  return nullptr;
}

static napi_value getCpus(napi_env env, napi_callback_info info) {
  Args args(env, info);
  const int pid = args.pid(0);
  if (!args.ok()) return nullptr;
  Failure failure;
  const std::vector<int> cpus = getAffinity(pid, failure);
  if (throwIf(env, failure)) return nullptr;
  napi_value list = nullptr;
  napi_create_array_with_length(env, cpus.size(), &list);
  for (uint32_t index = 0; index < cpus.size(); index++) {
    napi_set_element(env, list, index, toNumber(env, cpus[index]));
  }
  return list;
}

static napi_value thread(napi_env env, napi_callback_info) { return toNumber(env, threadId()); }

static napi_value exitWith(napi_env env, napi_callback_info info) {
  Args args(env, info);
  const int32_t code = args.int32(0, "code");
  if (args.ok()) exitNow(code);
  return nullptr;
}

std::span<const Call> lifeCalls() {
  static constexpr Call kCalls[] = {
      {"lifeline", lifeline},
      {"startTime", askNumber<startTimeOf>},
      {"isAlive", alive},
      {"waitExit", wait},
      {"reap", reapChild},
      {"setAffinity", setCpus},
      {"getAffinity", getCpus},
      {"threadId", thread},
      {"exitNow", exitWith},
      {"resident", askNumber<residentBytes>},
  };
  return kCalls;
}

}  // namespace manycore
