#include "proc.hh"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace manycore {

constexpr long kTmpfsMagic = 0x01021994;

int closeDescriptor(int fd) {
  // No second try after EINTR: Linux has closed it then, and the number may be somebody else's already.
  return close(fd) == 0 || errno == EINTR ? 0 : errno;
}

int readSmallFile(const char* path, char* into, int size) {
  const Descriptor fd(retry([&] { return open(path, O_RDONLY | O_CLOEXEC); }));
  if (!fd) return -1;
  const ssize_t count = retry([&] { return read(fd.get(), into, static_cast<size_t>(size) - 1); });
  if (count < 0) return -1;
  into[count] = '\0';
  return static_cast<int>(count);
}

ProcessStat readStat(int pid) {
  ProcessStat stat;
  char path[32];
  char text[1024];
  snprintf(path, sizeof(path), "/proc/%d/stat", pid);
  if (readSmallFile(path, text, sizeof(text)) <= 0) return stat;
  // The name in field 2 may hold blanks and brackets; only the last bracket ends it.
  const char* at = strrchr(text, ')');
  if (at == nullptr || at[1] != ' ') return stat;
  at += 2;
  stat.state = *at;
  for (int field = 3; field < 22; field++) {
    at = strchr(at, ' ');
    if (at == nullptr) return stat;
    at++;
  }
  stat.startTime = static_cast<double>(strtoull(at, nullptr, 10));
  stat.found = true;
  return stat;
}

Descriptor openForeign(int pid, int fd, uint64_t inode, mode_t type, int flags, Failure& failure) {
  char path[48];
  snprintf(path, sizeof(path), "/proc/%d/fd/%d", pid, fd);
  Descriptor handle(open(path, O_PATH | O_CLOEXEC));
  if (!handle) return failure.of(errno == ESRCH ? ENOENT : errno, "open");
  struct stat info;
  if (fstat(handle.get(), &info) != 0) return failure.of(errno, "fstat");
  bool same = (info.st_mode & S_IFMT) == type && info.st_ino == inode;
  if (same && type == S_IFREG) {
    // Inode numbers are counted per file system; ours are always in memory.
    struct statfs system;
    same = fstatfs(handle.get(), &system) == 0 && system.f_type == kTmpfsMagic;
  }
  if (!same) return failure.of(ESTALE, "fstat");
  snprintf(path, sizeof(path), "/proc/self/fd/%d", handle.get());
  const int opened = retry([&] { return open(path, flags | O_CLOEXEC); });
  // A pipe that nobody reads any more is as gone as a closed one.
  if (opened < 0) failure = {errno == ENXIO ? ENOENT : errno, "open"};
  return Descriptor(opened);
}

Descriptor openPidfd(int pid, Failure& failure) {
#ifdef SYS_pidfd_open
  const int fd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (fd < 0) failure = {errno, "pidfd_open"};
  return Descriptor(fd);
#else
  (void)pid;
  failure = {ENOSYS, "pidfd_open"};
  return {};
#endif
}

}  // namespace manycore
