// Owns nothing: the few functions of libuv that we call. Only the loop's own thread may call them.
// Declared by hand, for uv.h is not part of every Node installation; libuv keeps its ABI within 1.x.
#pragma once

#include <cstddef>

extern "C" {
struct uv_loop_s;
struct uv_handle_s;  // Any handle. Its size is known to libuv alone, see uv_handle_size.

using uv_close_cb = void (*)(uv_handle_s*);
using uv_prepare_cb = void (*)(uv_handle_s*);
using uv_check_cb = void (*)(uv_handle_s*);
using uv_idle_cb = void (*)(uv_handle_s*);
using uv_poll_cb = void (*)(uv_handle_s*, int status, int events);

size_t uv_handle_size(int type);
void* uv_handle_get_data(const uv_handle_s* handle);
void uv_handle_set_data(uv_handle_s* handle, void* data);
void uv_close(uv_handle_s* handle, uv_close_cb callback);
void uv_ref(uv_handle_s* handle);
void uv_unref(uv_handle_s* handle);

int uv_loop_alive(const uv_loop_s* loop);
int uv_backend_timeout(const uv_loop_s* loop);

int uv_prepare_init(uv_loop_s* loop, uv_handle_s* handle);
int uv_prepare_start(uv_handle_s* handle, uv_prepare_cb callback);
int uv_check_init(uv_loop_s* loop, uv_handle_s* handle);
int uv_check_start(uv_handle_s* handle, uv_check_cb callback);
int uv_idle_init(uv_loop_s* loop, uv_handle_s* handle);
int uv_idle_start(uv_handle_s* handle, uv_idle_cb callback);
int uv_idle_stop(uv_handle_s* handle);
int uv_poll_init(uv_loop_s* loop, uv_handle_s* handle, int fd);
int uv_poll_start(uv_handle_s* handle, int events, uv_poll_cb callback);
}  // extern "C"

namespace manycore {

// Values of uv_handle_type and uv_poll_event.
inline constexpr int kUvCheck = 2;
inline constexpr int kUvIdle = 6;
inline constexpr int kUvPoll = 8;
inline constexpr int kUvPrepare = 9;
inline constexpr int kUvReadable = 1;

}  // namespace manycore
