#include "../core/word.hh"

#include "args.hh"
#include "calls.hh"

namespace manycore {

namespace {

// A worker thread that sleeps here cannot hear that it is to end, so it asks from time to time.
constexpr int64_t kAskEvery = 100 * kNanosPerMilli;

napi_value wait(napi_env env, napi_callback_info info) {
  Args args(env, info);
  int32_t* const word = args.word(0, 1);
  const int32_t expected = args.int32(2, "expected");
  const double timeoutMs = args.number(3, "timeoutMs");
  if (!args.ok()) return nullptr;
  // The region stays mapped even if JavaScript, run by mayGoOn() below, were to close it.
  const std::shared_ptr<Region> region = *args.region(0);
  const int64_t deadline = deadlineAfter(timeoutMs);
  for (;;) {
    const int64_t until =
        args.environment().isMainThread() ? deadline : deadlineWithin(deadline, kAskEvery);
    Failure failure;
    const bool woken = waitWord(word, expected, until, failure);
    if (failure) {
      throwFailure(env, failure);
      return nullptr;
    }
    if (woken) return toNumber(env, 0);
    if (until == deadline || nowNanos() >= deadline) return toNumber(env, 1);
    if (!args.environment().mayGoOn()) return nullptr;
  }
}

napi_value spin(napi_env env, napi_callback_info info) {
  Args args(env, info);
  int32_t* const word = args.word(0, 1);
  const int32_t expected = args.int32(2, "expected");
  const double micros = args.integer(3, "spinMicros", 0, 1e6);
  if (!args.ok()) return nullptr;
  return toBoolean(env, spinWord(word, expected, nowNanos() + static_cast<int64_t>(micros) * kNanosPerMicro));
}

napi_value wake(napi_env env, napi_callback_info info) {
  Args args(env, info);
  int32_t* const word = args.word(0, 1);
  const double count = args.integer(2, "count", 0, INT32_MAX);
  if (!args.ok()) return nullptr;
  Failure failure;
  const int woken = wakeWord(word, static_cast<int32_t>(count), failure);
  if (failure) throwFailure(env, failure);
  return toNumber(env, woken);
}

}  // namespace

std::span<const Call> wordCalls() {
  static constexpr Call kCalls[] = {{"waitWord", wait}, {"spinWord", spin}, {"wakeWord", wake}};
  return kCalls;
}

}  // namespace manycore
