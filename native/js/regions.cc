#include "args.hh"

namespace manycore {

static void bufferCollected(napi_env, void*, void* hint) {
  auto* owner = static_cast<BufferOwner*>(hint);
  const std::shared_ptr<Environment> environment = owner->environment;
  environment->bufferCollected(owner);
}

// { map, fd, inode, buffer }; gives the region up again when JavaScript cannot hold it.
static napi_value toMapped(Args& args, const std::shared_ptr<Region>& region) {
  const napi_env env = args.env();
  Environment& environment = args.environment();
  const double map = environment.add(region);

  auto* owner = new BufferOwner{environment.shared_from_this(), region, map};
  const napi_value buffer = toBuffer(env, region->base(), region->byteLength(), bufferCollected, owner);
  if (buffer == nullptr) {
    environment.close(map);
    return nullptr;
  }
  napi_ref weak = nullptr;
  napi_create_reference(env, buffer, 0, &weak);
  environment.setBuffer(map, weak, owner);

  return toObject(env, {{"map", toNumber(env, map)},
                        {"fd", toNumber(env, region->fd())},
                        {"inode", toNumber(env, static_cast<double>(region->inode()))},
                        {"buffer", buffer}});
}

static napi_value createRegion(napi_env env, napi_callback_info info) {
  Args args(env, info);
  const double byteLength = args.integer(0, "byteLength", 1, 9007199254740991.0);
  if (!args.ok()) return nullptr;
  Failure failure;
  std::shared_ptr<Region> region = Region::create(static_cast<uint64_t>(byteLength), failure);
  return throwIf(env, failure) ? nullptr : toMapped(args, region);
}

static napi_value openRegion(napi_env env, napi_callback_info info) {
  Args args(env, info);
  const int pid = args.pid(0);
  const int fd = args.fd(1);
  const uint64_t inode = args.inode(2);
  if (!args.ok()) return nullptr;
  Failure failure;
  std::shared_ptr<Region> region = Region::open(pid, fd, inode, failure);
  return throwIf(env, failure) ? nullptr : toMapped(args, region);
}

static napi_value closeRegion(napi_env env, napi_callback_info info) {
  Args args(env, info);
  const double map = args.number(0, "map");
  if (args.ok()) args.environment().close(map);
  return nullptr;
}

static napi_value createHeap(napi_env env, napi_callback_info info) {
  Args args(env, info);
  const double byteLength = args.integer(0, "byteLength", 1, 9007199254740991.0);
  if (!args.ok()) return nullptr;
  Failure failure;
  std::shared_ptr<Region> region = Region::createSparse(static_cast<uint64_t>(byteLength), failure);
  if (throwIf(env, failure)) return nullptr;
  return toObject(env, {{"map", toNumber(env, args.environment().add(region))},
                        {"fd", toNumber(env, region->fd())},
                        {"inode", toNumber(env, static_cast<double>(region->inode()))}});
}

static napi_value openHeap(napi_env env, napi_callback_info info) {
  Args args(env, info);
  const int pid = args.pid(0);
  const int fd = args.fd(1);
  const uint64_t inode = args.inode(2);
  if (!args.ok()) return nullptr;
  Failure failure;
  std::shared_ptr<Region> region = Region::open(pid, fd, inode, failure);
  if (throwIf(env, failure)) return nullptr;
  return toObject(env, {{"map", toNumber(env, args.environment().add(region))},
                        {"byteLength", toNumber(env, static_cast<double>(region->byteLength()))}});
}

// A part of a region as an ArrayBuffer that keeps the whole mapped.
struct View {
  std::shared_ptr<Region> region;
};

static void viewCollected(napi_env, void*, void* hint) { delete static_cast<View*>(hint); }

// Throws unless the two arguments from `index` on are a part of the region; its first byte.
static std::byte* partOf(Args& args, const std::shared_ptr<Region>* region, size_t index, uint64_t& byteLength) {
  const double offset = args.integer(index, "byteOffset", 0, 9007199254740991.0);
  const double length = args.integer(index + 1, "byteLength", 1, 9007199254740991.0);
  if (!args.ok()) return nullptr;
  if (offset + length > static_cast<double>((*region)->byteLength())) {
    args.fail(napi_throw_range_error, "byteLength", "a part of the region");
    return nullptr;
  }
  byteLength = static_cast<uint64_t>(length);
  return (*region)->base() + static_cast<size_t>(offset);
}

static napi_value viewHeap(napi_env env, napi_callback_info info) {
  Args args(env, info);
  const std::shared_ptr<Region>* region = args.region(0);
  uint64_t byteLength = 0;
  std::byte* const start = partOf(args, region, 1, byteLength);
  return start == nullptr ? nullptr : toBuffer(env, start, byteLength, viewCollected, new View{*region});
}

static napi_value discard(napi_env env, napi_callback_info info) {
  Args args(env, info);
  const std::shared_ptr<Region>* region = args.region(0);
  uint64_t byteLength = 0;
  std::byte* const start = partOf(args, region, 1, byteLength);
  if (start == nullptr) return nullptr;
  Failure failure;
  (*region)->discard(static_cast<uint64_t>(start - (*region)->base()), byteLength, failure);
  throwIf(env, failure);
  return nullptr;
}

// Memory of a region lent to JavaScript: the collector says when it is done with it.
struct Loan {
  std::shared_ptr<Region> region;
  int32_t* word;
};

static void loanReturned(napi_env, void*, void* hint) {
  auto* loan = static_cast<Loan*>(hint);
  __atomic_store_n(loan->word, 0, __ATOMIC_SEQ_CST);
  delete loan;
}

static napi_value lendView(napi_env env, napi_callback_info info) {
  Args args(env, info);
  const std::shared_ptr<Region>* region = args.region(0);
  int32_t* word = args.word(0, 3);
  uint64_t byteLength = 0;
  std::byte* const start = partOf(args, region, 1, byteLength);
  return start == nullptr ? nullptr : toBuffer(env, start, byteLength, loanReturned, new Loan{*region, word});
}

static napi_value reserve(napi_env env, napi_callback_info info) {
  Args args(env, info);
  const std::shared_ptr<Region>* region = args.region(0);
  if (!args.ok()) return nullptr;
  Failure failure;
  (*region)->reserve(failure);
  throwIf(env, failure);
  return nullptr;
}

std::span<const Call> regionCalls() {
  static constexpr Call kCalls[] = {
      {"createRegion", createRegion}, {"openRegion", openRegion}, {"closeRegion", closeRegion},
      {"reserve", reserve},           {"lendView", lendView},     {"createHeap", createHeap},
      {"openHeap", openHeap},         {"viewHeap", viewHeap},     {"discard", discard},
  };
  return kCalls;
}

}  // namespace manycore
