#include "../core/socket.hh"
#include "args.hh"

namespace manycore {

static napi_value copy(napi_env env, napi_callback_info info) {
  Args args(env, info);
  const int fd = args.fd(0);
  if (!args.ok()) return nullptr;
  Failure failure;
  uint64_t inode = 0;
  Descriptor socket = copySocket(fd, inode, failure);
  if (throwIf(env, failure)) return nullptr;
  const int own = socket.get();
  // Closed with the thread, if not before.
  args.environment().hold(std::move(socket));
  return toObject(env, {{"fd", toNumber(env, own)}, {"inode", toNumber(env, static_cast<double>(inode))}});
}

static napi_value take(napi_env env, napi_callback_info info) {
  Args args(env, info);
  const int pid = args.pid(0);
  const int fd = args.fd(1);
  const uint64_t inode = args.inode(2);
  if (!args.ok()) return nullptr;
  Failure failure;
  Descriptor socket = takeSocket(pid, fd, inode, failure);
  // Node closes it with the object that it makes of it.
  return throwIf(env, failure) ? nullptr : toNumber(env, socket.release());
}

std::span<const Call> socketCalls() {
  static constexpr Call kCalls[] = {{"copySocket", copy}, {"takeSocket", take}};
  return kCalls;
}

}  // namespace manycore
