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
  if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return failure.of(errno, "pipe2");
  bell.read_ = Descriptor(ends[0]);
  bell.write_ = Descriptor(ends[1]);
  struct stat info;
  if (fstat(ends[1], &info) != 0) return failure.of(errno, "fstat");
  bell.inode_ = info.st_ino;
  return bell;
}

void Bell::silence() {
  char rings[64];
  while (retry([&] { return read(read_.get(), rings, sizeof(rings)); }) == sizeof(rings)) continue;
}

Descriptor openBell(int pid, int fd, uint64_t inode, Failure& failure) {
  return openForeign(pid, fd, inode, S_IFIFO, O_WRONLY | O_NONBLOCK, failure);
}

void ringBell(int fd, Failure& failure) {
  if (retry([&] { return write(fd, "", 1); }) >= 0) return;
  if (errno != EAGAIN && errno != EPIPE) failure = {errno, "write"};
}

}  // namespace manycore
