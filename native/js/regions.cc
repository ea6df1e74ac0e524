#include "args.hh"
#include "calls.hh"

namespace manycore {

namespace {

// What the collector gives back when it drops the ArrayBuffer of a region. It keeps the environment
// alive, because at the end of a thread the two may be finalized in either order.
struct BufferOwner {
  std::shared_ptr<Environment> environment;
  double map;
};

void bufferCollected(napi_env, void*, void* hint) {
  auto* owner = static_cast<BufferOwner*>(hint);
  owner->environment->close(owner->map);
  delete owner;
}

// { map, fd, inode, buffer }; gives the region up again when JavaScript cannot hold it.
napi_value toMapped(Args& args, std::shared_ptr<Region> region) {
  const napi_env env = args.env();
  Environment& environment = args.environment();
  std::byte* const base = region->base();
  const uint64_t byteLength = region->byteLength();
  const int fd = region->fd();
  const auto inode = static_cast<double>(region->inode());
  const double map = environment.add(std::move(region));

  auto* owner = new BufferOwner{environment.shared_from_this(), map};
  napi_value buffer = nullptr;
  // V8 counts the size of external buffers as memory in use, so the collector feels big regions.
  const napi_status status =
      napi_create_external_arraybuffer(env, base, byteLength, bufferCollected, owner, &buffer);
  if (status != napi_ok) {
    // Node calls the finalizer after a failure too, later; so `owner` is not ours any more.
    environment.close(map);
    bool pending = false;
    napi_is_exception_pending(env, &pending);
    if (!pending) napi_throw_error(env, "ENOMEM", "ENOMEM: no ArrayBuffer of this size, napi_create_external_arraybuffer");
    return nullptr;
  }
  napi_ref weak = nullptr;
  napi_create_reference(env, buffer, 0, &weak);
  environment.setBuffer(map, weak);

  napi_value mapped = nullptr;
  napi_create_object(env, &mapped);
  napi_set_named_property(env, mapped, "map", toNumber(env, map));
  napi_set_named_property(env, mapped, "fd", toNumber(env, fd));
  napi_set_named_property(env, mapped, "inode", toNumber(env, inode));
  napi_set_named_property(env, mapped, "buffer", buffer);
  return mapped;
}

napi_value createRegion(napi_env env, napi_callback_info info) {
  Args args(env, info);
  const double byteLength = args.integer(0, "byteLength", 1, 9007199254740991.0);
  if (!args.ok()) return nullptr;
  Failure failure;
  std::shared_ptr<Region> region = Region::create(static_cast<uint64_t>(byteLength), failure);
  if (failure) throwFailure(env, failure);
  return failure ? nullptr : toMapped(args, std::move(region));
}

napi_value openRegion(napi_env env, napi_callback_info info) {
  Args args(env, info);
  const int pid = args.pid(0);
  const int fd = args.fd(1);
  const uint64_t inode = args.inode(2);
  if (!args.ok()) return nullptr;
  Failure failure;
  std::shared_ptr<Region> region = Region::open(pid, fd, inode, failure);
  if (failure) throwFailure(env, failure);
  return failure ? nullptr : toMapped(args, std::move(region));
}

napi_value closeRegion(napi_env env, napi_callback_info info) {
  Args args(env, info);
  const double map = args.number(0, "map");
  if (args.ok()) args.environment().close(map);
  return nullptr;
}

napi_value reserve(napi_env env, napi_callback_info info) {
  Args args(env, info);
  const std::shared_ptr<Region>* region = args.region(0);
  if (!args.ok()) return nullptr;
  Failure failure;
  (*region)->reserve(failure);
  if (failure) throwFailure(env, failure);
  return nullptr;
}

}  // namespace

std::span<const Call> regionCalls() {
  static constexpr Call kCalls[] = {
      {"createRegion", createRegion},
      {"openRegion", openRegion},
      {"closeRegion", closeRegion},
      {"reserve", reserve},
  };
  return kCalls;
}

}  // namespace manycore
