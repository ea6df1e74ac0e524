#include "../core/socket.hh"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "proc.hh"

namespace manycore {

static bool isSocket(int fd, uint64_t& inode, Failure& failure) {
  struct stat info;
  if (fstat(fd, &info) != 0) {
    failure = {errno, "fstat"};
    return false;
  }
  inode = info.st_ino;
  if (S_ISSOCK(info.st_mode)) return true;
  failure = {ENOTSOCK, "fstat"};
  return false;
}

Descriptor copySocket(int fd, uint64_t& inode, Failure& failure) {
  Descriptor copy(fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!copy) return failure.of(errno, "fcntl");
  if (!isSocket(copy.get(), inode, failure)) return {};
#ifdef PR_SET_PTRACER
  // Where the Yama module lets only ancestors look into a process, this one allows it to all of its user.
  prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
#endif
  return copy;
}

// Another process's descriptor, as if it had been sent over a Unix socket; needs Linux 5.6.
static Descriptor takeForeign(int pid, int fd, Failure& failure) {
#ifdef SYS_pidfd_getfd
  const Descriptor process = openPidfd(pid, failure);
  if (!process) return {};
  const int taken = static_cast<int>(syscall(SYS_pidfd_getfd, process.get(), fd, 0));
  if (taken < 0) failure = {errno, "pidfd_getfd"};
  return Descriptor(taken);
#else
  (void)pid, (void)fd;
  return failure.of(ENOSYS, "pidfd_getfd");
#endif
}

Descriptor takeSocket(int pid, int fd, uint64_t inode, Failure& failure) {
  uint64_t found = 0;
  Descriptor taken;
  if (pid == getpid()) {
    taken = Descriptor(fcntl(fd, F_DUPFD_CLOEXEC, 0));
    if (!taken) return failure.of(errno, "fcntl");
  } else {
    taken = takeForeign(pid, fd, failure);
    if (!taken) return {};
  }
  if (!isSocket(taken.get(), found, failure)) return {};
  if (found != inode) return failure.of(ESTALE, "fstat");
  return taken;
}

}  // namespace manycore
