#include "args.hh"
#include "environment.hh"

namespace {

using manycore::Call;
using manycore::Environment;
using Holder = std::shared_ptr<Environment>;

// Runs when the environment ends, on its thread. Buffers that are finalized later still hold a share.
void release(void* data) {
  auto* holder = static_cast<Holder*>(data);
  (*holder)->closeAll();
  delete holder;
}

}  // namespace

NAPI_MODULE_INIT() {
  uv_loop_s* loop = nullptr;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) {
    napi_throw_error(env, "ENOSYS", "ENOSYS: this environment has no event loop");
    return nullptr;
  }
  auto* holder = new Holder(std::make_shared<Environment>(env, loop));
  napi_add_env_cleanup_hook(env, release, holder);
  for (const std::span<const Call> calls : {manycore::regionCalls(), manycore::wordCalls(), manycore::parkerCalls(),
                                            manycore::lifeCalls(), manycore::programCalls(),
                                            manycore::socketCalls()}) {
    for (const Call& call : calls) {
      napi_value function = nullptr;
      if (napi_create_function(env, call.name, NAPI_AUTO_LENGTH, call.function, holder->get(), &function) != napi_ok ||
          napi_set_named_property(env, exports, call.name, function) != napi_ok) {
        return nullptr;
      }
    }
  }
  return exports;
}
