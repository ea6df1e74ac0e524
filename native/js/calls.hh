// Owns nothing: the functions that JavaScript sees, one file of them per concern.
// Each is called by the thread of its environment only.
#pragma once

#include <node_api.h>

#include <span>

namespace manycore {

struct Call {
  const char* name;
  napi_callback function;
};

std::span<const Call> regionCalls();
std::span<const Call> wordCalls();
std::span<const Call> parkerCalls();
std::span<const Call> lifeCalls();
std::span<const Call> programCalls();

}  // namespace manycore
