#include <dirent.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "../core/clock.hh"
#include "../core/life.hh"
#include "proc.hh"

namespace manycore {

constexpr idtype_t kByPidfd = static_cast<idtype_t>(3);  // P_PIDFD, newer than some C libraries.

enum class Child { kRuns, kEnded, kNotOurs };

// Looks at our child without taking its exit status away from libuv.
static Child lookAtChild(idtype_t by, int id, Ending& ending) {
  siginfo_t info{};
  const auto wait = [&] { return waitid(by, static_cast<id_t>(id), &info, WEXITED | WNOWAIT | WNOHANG); };
  if (retry(wait) != 0) return Child::kNotOurs;
  if (info.si_pid == 0) return Child::kRuns;
  ending.exited = true;
  if (info.si_code == CLD_EXITED) {
    ending.code = info.si_status;
  } else {
    ending.signal = info.si_status;
  }
  return Child::kEnded;
}

// poll() of one descriptor until `deadline`; whether it became readable.
static bool pollUntil(int fd, int64_t deadline) {
  pollfd entry{.fd = fd, .events = POLLIN, .revents = 0};
  for (;;) {
    const int64_t left = std::max<int64_t>(deadline - nowNanos() + kNanosPerMilli - 1, 0) / kNanosPerMilli;
    const int ready = poll(&entry, 1, deadline == kForEver ? -1 : static_cast<int>(std::min<int64_t>(left, INT32_MAX)));
    if (ready > 0) return true;
    if (ready == 0 ? nowNanos() >= deadline : errno != EINTR) return false;
  }
}

// For kernels without pidfd, and processes that have no descriptor left.
static Ending waitByLooking(int pid, int64_t deadline) {
  Ending ending;
  const timespec pause{.tv_sec = 0, .tv_nsec = 2'000'000};
  for (;;) {
    const Child child = lookAtChild(P_PID, pid, ending);
    if (child == Child::kNotOurs) ending.exited = !isAlive(pid, 0);
    if (ending.exited || nowNanos() >= deadline) return ending;
    nanosleep(&pause, nullptr);
  }
}

double startTimeOf(int pid) { return readStat(pid).startTime; }

bool isAlive(int pid, double startTime) {
  const ProcessStat stat = readStat(pid);
  // It cannot be read for want of a descriptor either, and what lives must not be taken for dead.
  if (!stat.found) return kill(pid, 0) == 0 || errno == EPERM;
  if (stat.state == 'Z' || stat.state == 'X') return false;
  return startTime == 0 || stat.startTime == startTime;
}

Ending waitExit(int pid, int64_t deadline, Failure& failure) {
  Ending ending;
  Failure opening;
  const Descriptor pidfd = openPidfd(pid, opening);
  if (opening.number == ESRCH) {
    ending.exited = true;
    return ending;
  }
  if (opening && opening.number != EINVAL) return waitByLooking(pid, deadline);
  if (opening) {
    failure = opening;
    return ending;
  }
  if (!pollUntil(pidfd.get(), deadline)) return ending;
  // P_PIDFD is one kernel version younger than pidfd_open.
  if (lookAtChild(kByPidfd, pidfd.get(), ending) == Child::kNotOurs) lookAtChild(P_PID, pid, ending);
  ending.exited = true;
  return ending;
}

bool reap(int pid) {
  return retry([&] { return waitpid(pid, nullptr, WNOHANG); }) == pid;
}

double residentBytes(int pid) {
  char path[32];
  char text[128];
  snprintf(path, sizeof(path), "/proc/%d/statm", pid);
  unsigned long long pages = 0;
  if (readSmallFile(path, text, sizeof(text)) <= 0 || sscanf(text, "%*u %llu", &pages) != 1) return -1;
  return static_cast<double>(pages) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

int threadId() { return static_cast<int>(syscall(SYS_gettid)); }

bool onMainThread() { return threadId() == getpid(); }

void exitNow(int code) { _exit(code); }

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

int currentProcessor() { return sched_getcpu() & 0xff; }

void leaveProcessor() {
  Mask all = {};
  if (sched_getaffinity(0, kMaskBytes, asSet(all)) != 0 || CPU_COUNT_S(kMaskBytes, asSet(all)) < 2) return;
  Mask others;
  memcpy(others, all, kMaskBytes);
  CPU_CLR_S(static_cast<size_t>(sched_getcpu()), kMaskBytes, asSet(others));
  // Before this call returns the thread runs elsewhere; after the second it may come back.
  if (sched_setaffinity(0, kMaskBytes, asSet(others)) == 0) sched_setaffinity(0, kMaskBytes, asSet(all));
}

}  // namespace manycore
