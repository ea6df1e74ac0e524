#include "../core/word.hh"
#include "args.hh"

namespace manycore {

static napi_value wait(napi_env env, napi_callback_info info) {
  Args args(env, info);
  int32_t* const word = args.word(0, 1);
  const int32_t expected = args.int32(2, "expected");
  const double timeoutMs = args.number(3, "timeoutMs");
  if (!args.ok()) return nullptr;
  // Without a system call where none is needed.
  if (std::atomic_ref<int32_t>(*word).load() != expected) return toNumber(env, 0);
  if (timeoutMs == 0) return toNumber(env, 1);
  bool woken = false;
  Failure failure;
  const bool lives = args.environment().waitUntil(deadlineAfter(timeoutMs), [&](int64_t until) {
    woken = waitWord(word, expected, until, failure);
    return woken;
  });
  if (throwIf(env, failure) || !lives) return nullptr;
  return toNumber(env, woken ? 0 : 1);
}

static napi_value spin(napi_env env, napi_callback_info info) {
  Args args(env, info);
  int32_t* const word = args.word(0, 1);
  const int32_t expected = args.int32(2, "expected");
  const double micros = args.integer(3, "spinMicros", 0, 1e6);
  if (!args.ok()) return nullptr;
  return toBoolean(env, spinWord(word, expected, nowNanos() + static_cast<int64_t>(micros) * kNanosPerMicro));
}

static napi_value wake(napi_env env, napi_callback_info info) {
  Args args(env, info);
  int32_t* const word = args.word(0, 1);
  const double count = args.integer(2, "count", 0, INT32_MAX);
  if (!args.ok()) return nullptr;
  Failure failure;
  const int woken = wakeWord(word, static_cast<int32_t>(count), failure);
  throwIf(env, failure);
  return toNumber(env, woken);
}

std::span<const Call> wordCalls() {
  static constexpr Call kCalls[] = {{"waitWord", wait}, {"spinWord", spin}, {"wakeWord", wake}};
  return kCalls;
}

}  // namespace manycore
