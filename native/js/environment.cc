#include "environment.hh"

#include <algorithm>

#include "../core/life.hh"

namespace manycore {

// A map number is a generation and a slot. 2^20 slots are more mappings than a process may have.
constexpr double kSlots = 1 << 20;

Environment::Environment(napi_env env, uv_loop_s* loop) : env_(env), loop_(loop), isMainThread_(onMainThread()) {}

double Environment::add(std::shared_ptr<Region> region) {
  uint32_t index;
  if (free_.empty()) {
    index = static_cast<uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    index = free_.front();
    free_.pop_front();
  }
  slots_[index].region = std::move(region);
  return static_cast<double>(slots_[index].generation) * kSlots + index;
}

Environment::Slot* Environment::slotOf(double map) {
  if (!(map >= 0 && map < 9e15)) return nullptr;
  const auto number = static_cast<uint64_t>(map);
  const uint64_t index = number % static_cast<uint64_t>(kSlots);
  if (index >= slots_.size()) return nullptr;
  Slot& slot = slots_[index];
  if (slot.generation != number / static_cast<uint64_t>(kSlots) || slot.region == nullptr) return nullptr;
  return &slot;
}

const std::shared_ptr<Region>* Environment::find(double map) const {
  Slot* slot = const_cast<Environment*>(this)->slotOf(map);
  return slot == nullptr ? nullptr : &slot->region;
}

void Environment::setBuffer(double map, napi_ref buffer, BufferOwner* owner) {
  Slot* slot = slotOf(map);
  slot->buffer = buffer;
  slot->owner = owner;
}

void Environment::free(Slot* slot) {
  if (slot->buffer != nullptr) napi_delete_reference(env_, slot->buffer);
  const uint64_t generation = slot->generation + 1;
  *slot = Slot{};
  slot->generation = generation;
  free_.push_back(static_cast<uint32_t>(slot - slots_.data()));
}

void Environment::close(double map) {
  Slot* slot = slotOf(map);
  if (slot == nullptr) return;
  napi_value buffer = nullptr;
  void* data = nullptr;
  size_t byteLength = 0;
  if (slot->buffer != nullptr) napi_get_reference_value(env_, slot->buffer, &buffer);
  if (buffer != nullptr) napi_get_arraybuffer_info(env_, buffer, &data, &byteLength);
  // When the buffer was moved away by `transfer()` or is about to be collected, its memory has to stay
  // until the collector reports it.
  if (byteLength > 0 && napi_detach_arraybuffer(env_, buffer) == napi_ok) slot->owner->region.reset();
  free(slot);
}

void Environment::bufferCollected(BufferOwner* owner) {
  if (Slot* slot = slotOf(owner->map)) free(slot);
  delete owner;
}

bool Environment::drop(int fd) {
  const auto found =
      std::find_if(held_.begin(), held_.end(), [fd](const Descriptor& one) { return one.get() == fd; });
  if (found == held_.end()) return false;
  std::swap(*found, held_.back());
  held_.pop_back();
  return true;
}

void Environment::closeAll() {
  for (Slot& slot : slots_) {
    if (slot.buffer != nullptr) napi_delete_reference(env_, slot.buffer);
  }
  slots_.clear();
  free_.clear();
  held_.clear();
}

bool Environment::mayGoOn() const {
  if (isMainThread_) return true;
  // Any script would do: Node and V8 refuse to run it once the thread was told to end.
  napi_handle_scope scope;
  if (napi_open_handle_scope(env_, &scope) != napi_ok) return false;
  napi_value source;
  napi_value result;
  const bool ran =
      napi_create_string_latin1(env_, "0", 1, &source) == napi_ok && napi_run_script(env_, source, &result) == napi_ok;
  napi_close_handle_scope(env_, scope);
  return ran;
}

}  // namespace manycore
