#include "parker.hh"

#include <algorithm>
#include <cstdlib>

#include "../core/word.hh"
#include "environment.hh"

namespace manycore {

// How often one turn of the loop may start over because events kept coming, before timers, sockets
// and files get their turn again.
constexpr int kRounds = 8;

Parker::Parker(Environment& environment, Park park, Bell bell)
    : environment_(environment), env_(environment.env()), park_(std::move(park)), bell_(std::move(bell)) {}

Parker::~Parker() {
  for (uv_handle_s* handle : {prepare_, check_, idle_, poll_}) free(handle);
  napi_handle_scope scope;
  if (napi_open_handle_scope(env_, &scope) != napi_ok) return;
  if (callback_ != nullptr) napi_delete_reference(env_, callback_);
  if (resource_ != nullptr) napi_delete_reference(env_, resource_);
  if (context_ != nullptr) napi_async_destroy(env_, context_);
  napi_close_handle_scope(env_, scope);
}

Parker* Parker::open(Environment& environment, Park park, Bell bell, napi_value onEvents) {
  auto* parker = new Parker(environment, std::move(park), std::move(bell));
  if (parker->start(onEvents)) {
    environment.setParker(parker);
    return parker;
  }
  napi_throw_error(environment.env(), "ENOSYS", "ENOSYS: this Node does not let the addon watch its event loop");
  parker->close();
  return nullptr;
}

bool Parker::start(napi_value onEvents) {
  napi_value resource;
  napi_value name;
  if (napi_create_object(env_, &resource) != napi_ok ||
      napi_create_string_latin1(env_, "MANYCORE", NAPI_AUTO_LENGTH, &name) != napi_ok ||
      napi_create_reference(env_, resource, 1, &resource_) != napi_ok ||
      napi_create_reference(env_, onEvents, 1, &callback_) != napi_ok ||
      napi_async_init(env_, resource, name, &context_) != napi_ok) {
    return false;
  }
  const auto cleanUp = [](napi_async_cleanup_hook_handle, void* self) { static_cast<Parker*>(self)->close(); };
  // Without this hook the handles would still be open when a worker thread tears its loop down, which
  // ends the whole program.
  return napi_add_async_cleanup_hook(env_, cleanUp, this, &hook_) == napi_ok && startHandles();
}

bool Parker::startHandles() {
  uv_loop_s* const loop = environment_.loop();
  const auto allocate = [](int type) { return static_cast<uv_handle_s*>(calloc(1, uv_handle_size(type))); };
  prepare_ = allocate(kUvPrepare);
  check_ = allocate(kUvCheck);
  idle_ = allocate(kUvIdle);
  poll_ = allocate(kUvPoll);
  // uv_poll_init is the only one that can fail, so it goes first.
  if (uv_poll_init(loop, poll_, bell_.readFd()) != 0) return false;
  uv_prepare_init(loop, prepare_);
  uv_check_init(loop, check_);
  uv_idle_init(loop, idle_);
  for (uv_handle_s* handle : {prepare_, check_, idle_, poll_}) {
    uv_handle_set_data(handle, this);
    uv_unref(handle);
    openHandles_++;
  }
  return uv_poll_start(poll_, kUvReadable, [](uv_handle_s* h, int, int) { of(h)->silence(); }) == 0 &&
         uv_prepare_start(prepare_, [](uv_handle_s* h) { of(h)->beforeSleep(); }) == 0 &&
         uv_check_start(check_, [](uv_handle_s* h) { of(h)->afterSleep(); }) == 0;
}

void Parker::ref() { uv_ref(poll_); }

void Parker::unref() { uv_unref(poll_); }

void Parker::close() {
  if (!isOpen_) return;
  isOpen_ = false;
  if (environment_.parker() == this) environment_.setParker(nullptr);
  park_.wakeUp();  // Nobody needs to ring any more.
  if (openHandles_ == 0) {
    openHandles_ = 1;
    handleClosed();
    return;
  }
  for (uv_handle_s* handle : {prepare_, check_, idle_, poll_}) {
    uv_close(handle, [](uv_handle_s* h) { of(h)->handleClosed(); });
  }
}

void Parker::handleClosed() {
  if (--openHandles_ > 0) return;
  napi_async_cleanup_hook_handle hook = hook_;
  delete this;
  // Last: at the end of a thread the environment goes on to die from here.
  if (hook != nullptr) napi_remove_async_cleanup_hook(hook);
}

void Parker::beforeSleep() {
  for (int round = 0; round < kRounds; round++) {
    if (park_.takeEvents()) {
      if (!notify()) return;
      continue;
    }
    // 0: the loop has something else to do and will not sleep. It may also mean that libuv has a new
    // descriptor to watch and will sleep all the same; so no spin then, but the full announcement.
    const int timeoutMs = uv_backend_timeout(environment_.loop());
    if (timeoutMs != 0 && park_.spin(timeoutMs < 0 ? kForEver : timeoutMs * kNanosPerMilli)) continue;
    if (park_.fallAsleep()) return;
  }
  // Events keep coming. An idle handle makes this turn of the loop look at the rest without sleeping.
  isIdling_ = true;
  uv_idle_start(idle_, [](uv_handle_s*) {});
}

void Parker::silence() { park_.noteWaker(bell_.silence()); }

void Parker::afterSleep() {
  park_.wakeUp();
  park_.judgeSpin();
  if (isIdling_) {
    isIdling_ = false;
    uv_idle_stop(idle_);
  }
  if (park_.takeEvents()) notify();
}

bool Parker::blockUntil(int64_t deadline, Failure& failure) {
  if (park_.takeEvents()) return true;
  if (park_.spin(std::max<int64_t>(0, deadline == kForEver ? kForEver : deadline - nowNanos()))) return park_.takeEvents();
  if (park_.block()) {
    environment_.waitUntil(deadline, [&](int64_t until) { return waitWord(park_.stateWord(), Park::kFutex, until, failure); });
    park_.wakeUp();
    park_.readFutexWaker();
    park_.judgeSpin();
  }
  return park_.takeEvents();
}

// Calls onEvents. False when this parker was closed meanwhile or JavaScript cannot run any more.
bool Parker::notify() {
  napi_handle_scope scope;
  if (napi_open_handle_scope(env_, &scope) != napi_ok) return false;
  napi_value callback;
  napi_value receiver;
  napi_value result;
  bool goesOn = true;
  napi_get_reference_value(env_, callback_, &callback);
  napi_get_reference_value(env_, resource_, &receiver);
  if (napi_make_callback(env_, context_, receiver, callback, 0, nullptr, &result) != napi_ok) {
    bool pending = false;
    napi_value error;
    napi_is_exception_pending(env_, &pending);
    goesOn = pending && napi_get_and_clear_last_exception(env_, &error) == napi_ok &&
             napi_fatal_exception(env_, error) == napi_ok;
  }
  napi_close_handle_scope(env_, scope);
  return goesOn && isOpen_;
}

}  // namespace manycore
