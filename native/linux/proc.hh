// Owns nothing: reads the process file system. Any thread may call it.
// What it says about another process may be outdated at once, unless a pidfd is held.
#pragma once

#include <sys/stat.h>

#include <cerrno>
#include <cstdint>

#include "../core/system.hh"

namespace manycore {

// Makes a system call again as long as a signal interrupts it.
template <class Call>
auto retry(Call call) {
  for (;;) {
    const auto result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

struct ProcessStat {
  bool found = false;
  char state = '?';       // 'Z' and 'X' have ended.
  double startTime = -1;  // Field 22, in ticks since the machine started.
};

ProcessStat readStat(int pid);

// Reads at most `size - 1` bytes of a small file and ends them with a zero; -1 on failure.
int readSmallFile(const char* path, char* into, int size);

// Opens what process `pid` knows as descriptor `fd` with `flags`, but only after it proved to be the
// file with this inode: opening some other file, a device say, may have effects of its own.
Descriptor openForeign(int pid, int fd, uint64_t inode, mode_t type, int flags, Failure& failure);

// A descriptor that becomes readable when the process ends; empty with ENOSYS on old kernels.
Descriptor openPidfd(int pid, Failure& failure);

}  // namespace manycore
