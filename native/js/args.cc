#include "args.hh"

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstring>

namespace manycore {

Args::Args(napi_env env, napi_callback_info info) : env_(env) {
  size_t count = kMost;
  void* data = nullptr;
  // Arguments that were not given read as undefined.
  napi_get_cb_info(env, info, &count, values_, nullptr, &data);
  environment_ = static_cast<Environment*>(data);
}

void Args::fail(const char* kind, const char* name, const char* expected) {
  if (!ok_) return;
  ok_ = false;
  char text[160];
  snprintf(text, sizeof(text), "manycore addon: expected `%s` to be %s", name, expected);
  if (strcmp(kind, "RangeError") == 0) {
    napi_throw_range_error(env_, "ERR_MP_INVALID_ARG", text);
  } else {
    napi_throw_type_error(env_, "ERR_MP_INVALID_ARG", text);
  }
}

double Args::number(size_t index, const char* name) {
  double value = 0;
  if (!ok_) return 0;
  if (napi_get_value_double(env_, values_[index], &value) != napi_ok) {
    fail("TypeError", name, "a number");
    return 0;
  }
  if (std::isnan(value)) fail("RangeError", name, "a number");
  return ok_ ? value : 0;
}

double Args::integer(size_t index, const char* name, double least, double most) {
  const double value = number(index, name);
  if (!ok_) return 0;
  if (value >= least && value <= most && value == std::trunc(value)) return value;
  char text[80];
  snprintf(text, sizeof(text), "an integer from %.0f to %.0f", least, most);
  fail("RangeError", name, text);
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
  if (word == nullptr) fail("RangeError", "word", "inside the region");
  return word;
}

napi_value Args::function(size_t index, const char* name) {
  if (!ok_) return nullptr;
  napi_valuetype type = napi_undefined;
  napi_typeof(env_, values_[index], &type);
  if (type != napi_function) fail("TypeError", name, "a function");
  return ok_ ? values_[index] : nullptr;
}

void throwFailure(napi_env env, const Failure& failure) {
  // strerrorname_np is too new for the oldest C library we run with.
  static constexpr struct {
    int number;
    const char* code;
  } kCodes[] = {
      {EACCES, "EACCES"}, {EAGAIN, "EAGAIN"}, {EBADF, "EBADF"},   {EBUSY, "EBUSY"},   {ECHILD, "ECHILD"},
      {EFAULT, "EFAULT"}, {EFBIG, "EFBIG"},   {EINVAL, "EINVAL"}, {EMFILE, "EMFILE"}, {ENFILE, "ENFILE"},
      {ENOENT, "ENOENT"}, {ENOMEM, "ENOMEM"}, {ENOSPC, "ENOSPC"}, {ENOSYS, "ENOSYS"}, {EPERM, "EPERM"},
      {ESRCH, "ESRCH"},   {ESTALE, "ESTALE"}, {ELOOP, "ELOOP"},   {EOPNOTSUPP, "EOPNOTSUPP"},
  };
  const char* code = "EUNKNOWN";
  for (const auto& known : kCodes) {
    if (known.number == failure.number) code = known.code;
  }
  char text[160];
  snprintf(text, sizeof(text), "%s: %s, %s", code, strerror(failure.number), failure.call);
  napi_value codeValue;
  napi_value message;
  napi_value error;
  napi_value call;
  napi_create_string_utf8(env, code, NAPI_AUTO_LENGTH, &codeValue);
  napi_create_string_utf8(env, text, NAPI_AUTO_LENGTH, &message);
  napi_create_string_utf8(env, failure.call, NAPI_AUTO_LENGTH, &call);
  if (napi_create_error(env, codeValue, message, &error) != napi_ok) return;
  napi_set_named_property(env, error, "errno", toNumber(env, -failure.number));
  napi_set_named_property(env, error, "syscall", call);
  napi_throw(env, error);
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
