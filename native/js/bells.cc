#include "../core/bell.hh"
#include "../core/word.hh"
#include "args.hh"
#include "parker.hh"

namespace manycore {

static napi_value openParker(napi_env env, napi_callback_info info) {
  Args args(env, info);
  int32_t* const state = args.word(0, 1);
  int32_t* const events = args.word(0, 2);
  int32_t* const waker = args.word(0, 3);
  const napi_value onEvents = args.function(4, "onEvents");
  if (!args.ok()) return nullptr;
  if (args.environment().parker() != nullptr) {
    napi_throw_error(env, "EBUSY", "EBUSY: this thread has an open parker");
    return nullptr;
  }
  Failure failure;
  Bell bell = Bell::create(failure);
  if (throwIf(env, failure)) return nullptr;
  const int pipeFd = bell.writeFd();
  const auto inode = static_cast<double>(bell.inode());
  Park park(*args.region(0), state, events, waker);
  if (Parker::open(args.environment(), std::move(park), std::move(bell), onEvents) == nullptr) return nullptr;
  return toObject(env, {{"pipeFd", toNumber(env, pipeFd)}, {"inode", toNumber(env, inode)}});
}

template <void (Parker::*method)()>
static napi_value callParker(napi_env env, napi_callback_info info) {
  if (Parker* parker = Args(env, info).environment().parker()) (parker->*method)();
  return nullptr;
}

static napi_value spinParker(napi_env env, napi_callback_info info) {
  Args args(env, info);
  const double micros = args.integer(0, "maxMicros", 0, 1e6);
  if (!args.ok()) return nullptr;
  if (Parker* parker = args.environment().parker()) {
    parker->spinAtMost(static_cast<int64_t>(micros) * kNanosPerMicro);
  }
  return nullptr;
}

static napi_value blockParker(napi_env env, napi_callback_info info) {
  Args args(env, info);
  const double timeoutMs = args.number(0, "timeoutMs");
  Parker* const parker = args.environment().parker();
  if (!args.ok() || parker == nullptr) return nullptr;
  Failure failure;
  const bool woken = parker->blockUntil(deadlineAfter(timeoutMs), failure);
  return throwIf(env, failure) ? nullptr : toBoolean(env, woken);
}

static napi_value wakeParker(napi_env env, napi_callback_info info) {
  Args args(env, info);
  int32_t* const state = args.word(0, 1);
  int32_t* const waker = args.word(0, 2);
  if (!args.ok()) return nullptr;
  Park::noteFutexWaker(*waker);
  Failure failure;
  wakeWord(state, 1, failure);
  throwIf(env, failure);
  return nullptr;
}

static napi_value ring(napi_env env, napi_callback_info info) {
  Args args(env, info);
  const int fd = args.fd(0);
  if (!args.ok()) return nullptr;
  Failure failure;
  ringBell(fd, failure);
  throwIf(env, failure);
  return nullptr;
}

static napi_value openPipe(napi_env env, napi_callback_info info) {
  Args args(env, info);
  const int pid = args.pid(0);
  const int fd = args.fd(1);
  const uint64_t inode = args.inode(2);
  if (!args.ok()) return nullptr;
  Failure failure;
  Descriptor bell = openBell(pid, fd, inode, failure);
  if (throwIf(env, failure)) return nullptr;
  const int own = bell.get();
  args.environment().hold(std::move(bell));
  return toNumber(env, own);
}

static napi_value closeFd(napi_env env, napi_callback_info info) {
  Args args(env, info);
  const int fd = args.fd(0);
  if (!args.ok()) return nullptr;
  if (!args.environment().drop(fd)) throwIf(env, {closeDescriptor(fd), "close"});
  return nullptr;
}

static napi_value loopAlive(napi_env env, napi_callback_info info) {
  return toBoolean(env, uv_loop_alive(Args(env, info).environment().loop()) != 0);
}

std::span<const Call> parkerCalls() {
  static constexpr Call kCalls[] = {
      {"openParker", openParker},
      {"wakeParker", wakeParker},
      {"refParker", callParker<&Parker::ref>},
      {"unrefParker", callParker<&Parker::unref>},
      {"spinParker", spinParker},
      {"blockParker", blockParker},
      {"closeParker", callParker<&Parker::close>},
      {"ring", ring},
      {"openPipe", openPipe},
      {"closeFd", closeFd},
      {"loopAlive", loopAlive},
  };
  return kCalls;
}

}  // namespace manycore
