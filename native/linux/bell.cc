#include "../core/bell.hh"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "../core/life.hh"
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

int Bell::silence() {
  unsigned char rings[64];
  int processor = -1;
  for (;;) {
    const ssize_t count = retry([&] { return read(read_.get(), rings, sizeof(rings)); });
    if (count > 0) processor = rings[count - 1];
    if (count != sizeof(rings)) return processor;
  }
}

Descriptor openBell(int pid, int fd, uint64_t inode, Failure& failure) {
  return openForeign(pid, fd, inode, S_IFIFO, O_WRONLY | O_NONBLOCK, failure);
}

void ringBell(int fd, Failure& failure) {
  const auto processor = static_cast<unsigned char>(currentProcessor());
  if (retry([&] { return write(fd, &processor, 1); }) >= 0) return;
  if (errno != EAGAIN && errno != EPIPE) failure = {errno, "write"};
}

}  // namespace manycore
