// Owns the sleeping protocol of one event loop: three words of shared memory, and the spin budget.
// Only the loop's thread may call it; wakers in other processes touch the words alone.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>

#include "clock.hh"
#include "life.hh"
#include "region.hh"

namespace manycore {

// A waker publishes its data, adds to `events`, then looks at `state`. The sleeper stores `state`, then
// looks at `events`. Both orders are sequentially consistent, so one of the two sees the other.
class Park {
 public:
  enum State : int32_t { kAwake = 0, kLoop = 1, kFutex = 2 };

  Park(std::shared_ptr<Region> region, int32_t* state, int32_t* events, int32_t* waker)
      : region_(std::move(region)),
        stateWord_(state),
        state_(*state),
        events_(*events),
        futexWaker_(*waker),
        seen_(events_.load() - 1) {}

  // Whether something happened since the last call. True the first time: events may be older than we are.
  bool takeEvents() {
    const int32_t now = events_.load();
    if (now == seen_) return false;
    seen_ = now;
    return true;
  }

  // Announces sleep. False, and awake again, when an event came in between.
  bool fallAsleep() {
    state_.store(kLoop);
    if (events_.load() == seen_) return true;
    state_.store(kAwake);
    return false;
  }

  void wakeUp() { state_.store(kAwake); }

  // Announces that the thread blocks on the state word. False, and awake again, when an event came in between.
  bool block() {
    state_.store(kFutex);
    if (events_.load() == seen_) return true;
    state_.store(kAwake);
    return false;
  }

  // For waiting on the state word while it says kFutex.
  int32_t* stateWord() const { return stateWord_; }

  // Looks out for an event without sleeping, at most `limitNanos` and at most the budget, which learns.
  bool spin(int64_t limitNanos) {
    if (maxSpinNanos_ == 0) return false;
    spunUntil_ = nowNanos() + std::min(budgetNanos_, limitNanos);
    if (!lookOut(spunUntil_, [this] { return events_.load() != seen_; })) return false;
    spunUntil_ = 0;
    vainSpins_ = 0;
    nextTrial_ = kFirstPause;
    nextMove_ = kFirstPause;
    grow();
    return true;
  }

  // To be called when a ring woke the event loop, with the processor on which it was sent; -1 if that is not known.
  void noteWaker(int processor) { wakerProcessor_ = processor; }

  // The same for a thread that blocked, from the word in which its waker left it.
  void readFutexWaker() { noteWaker(futexWaker_.exchange(0) - 1); }
  // To be called by the waker before it wakes the state word.
  static void noteFutexWaker(int32_t& word) { std::atomic_ref(word).store(currentProcessor() + 1); }

  // To be called after a sleep: was the spin before it worth its time? A success doubles the budget. So does a
  // vain spin when the event came so soon after it that a longer one would have caught it - but only a few times
  // in a row. Else the budget halves, so that an idle loop spins next to nothing, and is tried again at growing
  // intervals. Whoever shares our processor answers because, and only because, we stopped spinning. The kernel
  // keeps two that wake each other together, where each answer costs four times as much as on two processors: so
  // then we go to another one, at growing intervals if that does not help.
  void judgeSpin() {
    const bool isTogether = wakerProcessor_ >= 0 && wakerProcessor_ == currentProcessor();
    wakerProcessor_ = -1;
    if (spunUntil_ == 0) return;
    const bool nearMiss = events_.load() != seen_ && nowNanos() - spunUntil_ < maxSpinNanos_;
    spunUntil_ = 0;
    vainSpins_++;
    if (!nearMiss) {
      budgetNanos_ = std::max(budgetNanos_ / 2, leastSpin());
    } else if (isTogether) {
      budgetNanos_ = leastSpin();
      if (!isTime(nextMove_)) return;
      leaveProcessor();
      budgetNanos_ = maxSpinNanos_;
    } else if (vainSpins_ <= kTrials) {
      grow();
    } else if (isTime(nextTrial_)) {
      budgetNanos_ = maxSpinNanos_;
    } else {
      budgetNanos_ = leastSpin();  // One that is repeated for half the time would be in vain as well.
    }
  }

  void setMaxSpin(int64_t nanos) {
    maxSpinNanos_ = nanos;
    budgetNanos_ = nanos / 4;
  }

 private:
  static constexpr uint32_t kTrials = 3;
  static constexpr uint32_t kFirstPause = 16;
  static constexpr uint32_t kLongestPause = 1 << 15;

  void grow() { budgetNanos_ = std::min(budgetNanos_ * 2 + 1, maxSpinNanos_); }
  // Whether so many vain spins were made; doubles the number.
  bool isTime(uint32_t& next) const {
    if (vainSpins_ < next) return false;
    next = vainSpins_ + std::min(vainSpins_, kLongestPause);
    return true;
  }

  int64_t leastSpin() const { return maxSpinNanos_ / 64; }

  std::shared_ptr<Region> region_;  // Keeps both words mapped.
  int32_t* stateWord_;
  std::atomic_ref<int32_t> state_;
  std::atomic_ref<int32_t> events_;
  std::atomic_ref<int32_t> futexWaker_;  // Processor of the last waker of the state word, plus 1; 0 when that is not known.
  int32_t seen_;
  int64_t maxSpinNanos_ = 0;
  int64_t budgetNanos_ = 0;
  uint32_t vainSpins_ = 0;  // In a row.
  uint32_t nextTrial_ = kFirstPause;
  uint32_t nextMove_ = kFirstPause;
  int wakerProcessor_ = -1;
  int64_t spunUntil_ = 0;  // End of the last vain spin; 0 when it paid off or did not happen.
};

}  // namespace manycore
