// Owns nothing: copies of descriptors of sockets, here and from another process of the same user.
// Any thread may call it.
#pragma once

#include <cstdint>

#include "system.hh"

namespace manycore {

// Another descriptor of this process for the same socket, and the number by which the socket is known again.
// ENOTSOCK when it is none.
Descriptor copySocket(int fd, uint64_t& inode, Failure& failure);

// A descriptor for the socket that process `pid` knows as `fd`. ESRCH, EBADF when process or descriptor are gone,
// ESTALE when the number means another file now, EPERM when the system forbids it, ENOSYS on old kernels.
Descriptor takeSocket(int pid, int fd, uint64_t inode, Failure& failure);

}  // namespace manycore
