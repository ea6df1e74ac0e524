// Owns nothing: waiting on, and waking, one 32-bit word of shared memory. Any thread may use it.
// The word must stay mapped during the call; other processes may unmap theirs.
#pragma once

#include <atomic>
#include <cstdint>

#include "clock.hh"
#include "system.hh"

namespace manycore {

// Sleeps while the word equals `expected`. Returns false when `deadline` came first.
bool waitWord(int32_t* word, int32_t expected, int64_t deadline, Failure& failure);

// Wakes at most `count` sleepers in any process; returns how many.
int wakeWord(int32_t* word, int32_t count, Failure& failure);

// Watches the word without sleeping. Returns whether it differed from `expected` before `deadline`.
inline bool spinWord(int32_t* word, int32_t expected, int64_t deadline) {
  const std::atomic_ref<int32_t> value(*word);
  return lookOut(deadline, [&] { return value.load() != expected; });
}

}  // namespace manycore
