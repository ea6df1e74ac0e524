// Owns both ends of the pipe that wakes one event loop. Its loop's thread reads it, anybody rings.
// A pipe and no eventfd: other processes can open it again through the process file system.
#pragma once

#include <cstdint>

#include "system.hh"

namespace manycore {

class Bell {
 public:
  static Bell create(Failure& failure);

  int readFd() const { return read_.get(); }
  int writeFd() const { return write_.get(); }
  uint64_t inode() const { return inode_; }

  // Reads all rings off, so that the descriptor is quiet again; processor of the last one's sender, -1 if there was none.
  int silence();

 private:
  Descriptor read_;
  Descriptor write_;
  uint64_t inode_ = 0;
};

// Opens the bell of another process for ringing. ENOENT, ESRCH when gone, ESTALE when not this pipe.
Descriptor openBell(int pid, int fd, uint64_t inode, Failure& failure);

// One ring, which says on which processor it was sent. A full pipe means that rings are waiting already; a pipe without reader has nobody to wake.
void ringBell(int fd, Failure& failure);

}  // namespace manycore
