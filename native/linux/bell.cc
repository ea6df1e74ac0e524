#include "../core/bell.hh"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "proc.hh"

namespace manycore {

Bell Bell::create(Failure& failure) {
  Bell bell;
  int ends[2];
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
    failure = {errno, "pipe2"};
    return bell;
  }
  bell.read_ = Descriptor(ends[0]);
  bell.write_ = Descriptor(ends[1]);
  struct stat info;
  if (fstat(ends[1], &info) != 0) {
    failure = {errno, "fstat"};
    return bell;
  }
  bell.inode_ = info.st_ino;
  return bell;
}

void Bell::silence() {
  char rings[64];
  for (;;) {
    const ssize_t count = read(read_.get(), rings, sizeof(rings));
    if (count < 0 && errno == EINTR) continue;
    if (count < static_cast<ssize_t>(sizeof(rings))) return;
  }
}

Descriptor openBell(int pid, int fd, uint64_t inode, Failure& failure) {
  return openForeign(pid, fd, inode, S_IFIFO, O_WRONLY | O_NONBLOCK, failure);
}

void ringBell(int fd, Failure& failure) {
  for (;;) {
    if (write(fd, "", 1) >= 0) return;
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EPIPE) failure = {errno, "write"};
    return;
  }
}

}  // namespace manycore
