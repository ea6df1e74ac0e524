// Owns what lets one event loop sleep and be woken: handles of libuv, the pipe, the JavaScript callback.
// Only the loop's thread may call it. It deletes itself when libuv has let go of all its handles.
#pragma once

#include <node_api.h>

#include "../core/bell.hh"
#include "../core/park.hh"
#include "uv.hh"

namespace manycore {

class Environment;

//   prepare: take events, call JavaScript ... nothing left? spin ... state = LOOP, look again
//   poll:    the loop sleeps; a waker that wins LOOP -> AWAKE rings the pipe
//   check:   state = AWAKE, take events, call JavaScript
class Parker {
 public:
  // nullptr when libuv or Node refuse; then a JavaScript exception is pending.
  static Parker* open(Environment& environment, Park park, Bell bell, napi_value onEvents);

  void ref();
  void unref();
  void spinAtMost(int64_t nanos) { park_.setMaxSpin(nanos); }
  // Blocks the thread until an event comes; false after `deadline` or when the thread is to end.
  bool blockUntil(int64_t deadline, Failure& failure);
  void close();

 private:
  Parker(Environment& environment, Park park, Bell bell);
  ~Parker();

  bool start(napi_value onEvents);
  bool startHandles();
  void beforeSleep();
  void silence();
  void afterSleep();
  bool notify();
  void handleClosed();

  static Parker* of(uv_handle_s* handle) { return static_cast<Parker*>(uv_handle_get_data(handle)); }

  Environment& environment_;
  napi_env env_;
  Park park_;
  Bell bell_;
  napi_ref callback_ = nullptr;
  napi_ref resource_ = nullptr;
  napi_async_context context_ = nullptr;
  napi_async_cleanup_hook_handle hook_ = nullptr;
  uv_handle_s* prepare_ = nullptr;
  uv_handle_s* check_ = nullptr;
  uv_handle_s* idle_ = nullptr;
  uv_handle_s* poll_ = nullptr;
  int openHandles_ = 0;
  bool isIdling_ = false;
  bool isOpen_ = true;
};

}  // namespace manycore
