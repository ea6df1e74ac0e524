#include "../core/word.hh"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>

namespace manycore {

int64_t nowNanos() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

bool waitWord(int32_t* word, int32_t expected, int64_t deadline, Failure& failure) {
  // The bitset form takes the moment of the end, not a duration, so an interrupted wait just goes on.
  const timespec end{.tv_sec = deadline / 1'000'000'000, .tv_nsec = deadline % 1'000'000'000};
  const timespec* until = deadline == kForEver ? nullptr : &end;
  for (;;) {
    if (syscall(SYS_futex, word, FUTEX_WAIT_BITSET, expected, until, nullptr, FUTEX_BITSET_MATCH_ANY) == 0) {
      return true;
    }
    if (errno == EAGAIN) return true;
    if (errno == ETIMEDOUT) return false;
    if (errno == EINTR) continue;
    failure = {errno, "futex"};
    return true;
  }
}

int wakeWord(int32_t* word, int32_t count, Failure& failure) {
  const long woken = syscall(SYS_futex, word, FUTEX_WAKE, count, nullptr, nullptr, 0);
  if (woken < 0) failure = {errno, "futex"};
  return static_cast<int>(woken);
}

}  // namespace manycore
