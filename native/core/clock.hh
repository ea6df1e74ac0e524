// Owns nothing: the monotonic clock and ends of waits. Any thread may use it.
// Times inside the addon are nanoseconds; JavaScript gives milliseconds or microseconds.
#pragma once

#include <cstdint>

namespace manycore {

// Nanoseconds since some fixed moment; implemented by the operating system's folder.
int64_t nowNanos();

inline constexpr int64_t kNanosPerMilli = 1'000'000;
inline constexpr int64_t kNanosPerMicro = 1'000;
inline constexpr int64_t kForEver = INT64_MAX;

// When a wait of `timeoutMs` ends: kForEver for negative and endless ones.
inline int64_t deadlineAfter(double timeoutMs) {
  if (!(timeoutMs >= 0)) return kForEver;
  if (timeoutMs > 1e12) return kForEver;  // Some 30 years; the sum below would overflow.
  return nowNanos() + static_cast<int64_t>(timeoutMs * kNanosPerMilli);
}

// Tells the processor that this is a waiting loop, which spares power and the sibling thread.
inline void relaxCpu() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
  asm volatile("yield");
#endif
}

// Asks `look` again and again; whether it said yes before `deadline`.
template <class Look>
bool lookOut(int64_t deadline, Look look) {
  for (;;) {
    // Several looks for each look at the clock, which costs as much as one of them.
    for (int count = 0; count < 8; count++) {
      if (look()) return true;
      relaxCpu();
    }
    if (nowNanos() >= deadline) return look();
  }
}

}  // namespace manycore
