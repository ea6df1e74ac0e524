// Owns what one JavaScript environment (the main thread or one worker thread) opened: regions, parker.
// Only the thread of that environment may use it.
#pragma once

#include <node_api.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "../core/clock.hh"
#include "../core/region.hh"
#include "uv.hh"

namespace manycore {

class Parker;
class Environment;

// What stands behind the ArrayBuffer of a region; the collector gives it back with the buffer's memory.
struct BufferOwner {
  // At the end of a thread environment and buffers are finalized in any order.
  std::shared_ptr<Environment> environment;
  // Keeps the memory mapped while an ArrayBuffer shows it, be it another one after `transfer()`.
  std::shared_ptr<Region> region;
  double map;
};

class Environment : public std::enable_shared_from_this<Environment> {
 public:
  Environment(napi_env env, uv_loop_s* loop);

  // Numbers a region. A number is never given twice, so a late close cannot hit a stranger.
  double add(std::shared_ptr<Region> region);
  // nullptr when the number is not, or no longer, in use.
  const std::shared_ptr<Region>* find(double map) const;
  // The buffer that shows the region, to be detached by close(). Weak: JavaScript keeps it alive or not.
  void setBuffer(double map, napi_ref buffer, BufferOwner* owner);
  // Detaches the buffer and gives the region up. Unmapped when nobody, such as the parker, uses it.
  void close(double map);
  // The memory behind the buffer is not shown by any buffer any more.
  void bufferCollected(BufferOwner* owner);
  // Descriptors that JavaScript knows by number, so that a terminated thread does not leave them open.
  void hold(Descriptor descriptor) { held_.push_back(std::move(descriptor)); }
  // Closes the one with this number, if it is one of them.
  bool drop(int fd);

  // Closes everything; no JavaScript runs any more.
  void closeAll();

  // Runs `wait(until)`, which returns whether it is over, up to `deadline`. False when the thread is being
  // terminated: one that sleeps natively cannot hear that, so worker threads ask from time to time.
  template <class Wait>
  bool waitUntil(int64_t deadline, Wait wait) const {
    for (;;) {
      const int64_t until = isMainThread_ ? deadline : std::min(deadline, nowNanos() + kAskEvery);
      if (wait(until) || until == deadline || nowNanos() >= deadline) return true;
      if (!mayGoOn()) return false;
    }
  }

  napi_env env() const { return env_; }
  uv_loop_s* loop() const { return loop_; }
  Parker* parker() const { return parker_; }
  void setParker(Parker* parker) { parker_ = parker; }

 private:
  static constexpr int64_t kAskEvery = 100 * kNanosPerMilli;

  struct Slot {
    uint64_t generation = 0;
    std::shared_ptr<Region> region;
    napi_ref buffer = nullptr;
    BufferOwner* owner = nullptr;
  };

  Slot* slotOf(double map);
  void free(Slot* slot);
  bool mayGoOn() const;

  napi_env env_;
  uv_loop_s* loop_;
  bool isMainThread_;
  Parker* parker_ = nullptr;
  std::vector<Slot> slots_;
  std::deque<uint32_t> free_;
  std::vector<Descriptor> held_;
};

}  // namespace manycore
