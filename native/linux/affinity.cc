#include <dirent.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "../core/life.hh"

namespace manycore {

constexpr int kMaxCpus = 8192;
constexpr size_t kMaskBytes = CPU_ALLOC_SIZE(kMaxCpus);
using Mask = unsigned long[kMaskBytes / sizeof(unsigned long)];

static cpu_set_t* asSet(Mask& mask) { return reinterpret_cast<cpu_set_t*>(mask); }

// A process id names the first thread of its process; a signal that is never sent tells which it is.
static bool isProcess(int id) { return syscall(SYS_tgkill, id, id, 0) == 0 || errno == EPERM; }

// One round over all threads. Threads born meanwhile inherit the mask of their maker, so a second
// round finds those that a not yet treated thread made.
static void setAllThreads(int pid, Mask& mask, Failure& failure) {
  char path[32];
  snprintf(path, sizeof(path), "/proc/%d/task", pid);
  DIR* const tasks = opendir(path);
  if (tasks == nullptr) {
    failure = {errno, "opendir"};
    return;
  }
  while (const dirent* task = readdir(tasks)) {
    const int tid = atoi(task->d_name);
    if (tid == 0) continue;  // "." and ".."
    if (sched_setaffinity(tid, kMaskBytes, asSet(mask)) != 0 && errno != ESRCH) {
      failure = {errno, "sched_setaffinity"};
      break;
    }
  }
  closedir(tasks);
}

void setAffinity(int id, const std::vector<int>& cpus, Failure& failure) {
  Mask mask = {};
  for (const int cpu : cpus) {
    if (cpu < 0 || cpu >= kMaxCpus) {
      failure = {EINVAL, "sched_setaffinity"};
      return;
    }
    CPU_SET_S(static_cast<size_t>(cpu), kMaskBytes, asSet(mask));
  }
  if (!isProcess(id)) {
    if (sched_setaffinity(id, kMaskBytes, asSet(mask)) != 0) failure = {errno, "sched_setaffinity"};
    return;
  }
  for (int round = 0; round < 2 && !failure; round++) setAllThreads(id, mask, failure);
}

std::vector<int> getAffinity(int id, Failure& failure) {
  std::vector<int> cpus;
  Mask mask = {};
  if (sched_getaffinity(id, kMaskBytes, asSet(mask)) != 0) return failure.of(errno, "sched_getaffinity");
  for (int cpu = 0; cpu < kMaxCpus; cpu++) {
    if (CPU_ISSET_S(static_cast<size_t>(cpu), kMaskBytes, asSet(mask))) cpus.push_back(cpu);
  }
  return cpus;
}

}  // namespace manycore
