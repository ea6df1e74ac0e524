#include "args.hh"

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <utility>

namespace manycore {

static napi_value toText(napi_env env, const char* text) {
  napi_value result = nullptr;
  napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &result);
  return result;
}

Args::Args(napi_env env, napi_callback_info info) : env_(env) {
  size_t count = kMost;
  void* data = nullptr;
  // Arguments that were not given read as undefined.
  napi_get_cb_info(env, info, &count, values_, nullptr, &data);
  environment_ = static_cast<Environment*>(data);
}

void Args::fail(decltype(&napi_throw_type_error) raise, const char* name, const char* expected) {
  if (!ok_) return;
  ok_ = false;
  char text[160];
  snprintf(text, sizeof(text), "manycore addon: expected `%s` to be %s", name, expected);
  raise(env_, "ERR_MP_INVALID_ARG", text);
}

double Args::number(size_t index, const char* name) {
  double value = 0;
  if (!ok_) return 0;
  const bool isNumber = napi_get_value_double(env_, values_[index], &value) == napi_ok && !std::isnan(value);
  if (!isNumber) fail(napi_throw_type_error, name, "a number");
  return isNumber ? value : 0;
}

double Args::integer(size_t index, const char* name, double least, double most) {
  const double value = number(index, name);
  if (!ok_) return 0;
  if (value >= least && value <= most && value == std::trunc(value)) return value;
  char text[80];
  snprintf(text, sizeof(text), "an integer from %.0f to %.0f", least, most);
  fail(napi_throw_range_error, name, text);
  return 0;
}

const std::shared_ptr<Region>* Args::region(size_t index) {
  const double map = number(index, "map");
  if (!ok_) return nullptr;
  const std::shared_ptr<Region>* region = environment_->find(map);
  if (region == nullptr) {
    ok_ = false;
    napi_throw_error(env_, "EBADF", "EBADF: the shared region is closed");
  }
  return region;
}

int32_t* Args::word(size_t mapIndex, size_t wordIndex) {
  const std::shared_ptr<Region>* owner = region(mapIndex);
  const double index = integer(wordIndex, "word", 0, 9007199254740991.0);
  if (!ok_) return nullptr;
  int32_t* word = (*owner)->word(static_cast<uint64_t>(index));
  if (word == nullptr) fail(napi_throw_range_error, "word", "inside the region");
  return word;
}

napi_value Args::function(size_t index, const char* name) {
  if (!ok_) return nullptr;
  napi_valuetype type = napi_undefined;
  napi_typeof(env_, values_[index], &type);
  if (type != napi_function) fail(napi_throw_type_error, name, "a function");
  return ok_ ? values_[index] : nullptr;
}

bool throwIf(napi_env env, const Failure& failure) {
  if (!failure) return false;
  // strerrorname_np is too new for the oldest C library we run with.
  static constexpr std::pair<int, const char*> kCodes[] = {
      {EACCES, "EACCES"}, {EAGAIN, "EAGAIN"}, {EBADF, "EBADF"},   {EFBIG, "EFBIG"},   {EINVAL, "EINVAL"},
      {EMFILE, "EMFILE"}, {ENFILE, "ENFILE"}, {ENOENT, "ENOENT"}, {ENOMEM, "ENOMEM"}, {ENOSPC, "ENOSPC"},
      {ENOSYS, "ENOSYS"}, {EPERM, "EPERM"},   {ESRCH, "ESRCH"},   {ESTALE, "ESTALE"}, {ELOOP, "ELOOP"},
  };
  const char* code = "EUNKNOWN";
  for (const auto& [number, name] : kCodes) {
    if (number == failure.number) code = name;
  }
  char text[160];
  snprintf(text, sizeof(text), "%s: %s, %s", code, strerror(failure.number), failure.call);
  napi_value error;
  if (napi_create_error(env, toText(env, code), toText(env, text), &error) != napi_ok) return true;
  napi_set_named_property(env, error, "errno", toNumber(env, -failure.number));
  napi_set_named_property(env, error, "syscall", toText(env, failure.call));
  napi_throw(env, error);
  return true;
}

napi_value toBuffer(napi_env env, void* data, uint64_t byteLength, napi_finalize finalizer, void* hint) {
  napi_value buffer = nullptr;
  // Node marks external buffers as untransferable by itself (doing it again would forbid to detach them
  // on Node 24), and V8 counts their size as memory in use, so the collector feels big regions.
  if (napi_create_external_arraybuffer(env, data, byteLength, finalizer, hint, &buffer) == napi_ok) return buffer;
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  if (!pending) throwIf(env, {ENOMEM, "napi_create_external_arraybuffer"});
  return nullptr;
}

napi_value toObject(napi_env env, std::initializer_list<Property> properties) {
  napi_value object = nullptr;
  napi_create_object(env, &object);
  for (const auto& [name, value] : properties) napi_set_named_property(env, object, name, value);
  return object;
}

napi_value toNumber(napi_env env, double value) {
  napi_value result = nullptr;
  napi_create_double(env, value, &result);
  return result;
}

napi_value toBoolean(napi_env env, bool value) {
  napi_value result = nullptr;
  napi_get_boolean(env, value, &result);
  return result;
}

}  // namespace manycore
