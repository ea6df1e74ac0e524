// Owns one mapping of shared memory and the descriptor that other processes open it by.
// One thread owns the object; the memory itself is everybody's, through atomics.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "system.hh"

namespace manycore {

class Region {
 public:
  // New memory full of zeros, without a name: it is freed with its last user, however that one ends.
  static std::shared_ptr<Region> create(uint64_t byteLength, Failure& failure);

  // As create(), but never takes memory ahead: for a file far larger than the machine, of which little is used.
  static std::shared_ptr<Region> createSparse(uint64_t byteLength, Failure& failure);

  // Maps what process `pid` knows as descriptor `fd`. Fails with ENOENT or ESRCH when process or
  // descriptor are gone, with ESTALE when that number now means another file.
  static std::shared_ptr<Region> open(int pid, int fd, uint64_t inode, Failure& failure);

  Region(Descriptor fd, std::byte* base, uint64_t byteLength, uint64_t inode)
      : fd_(std::move(fd)), base_(base), byteLength_(byteLength), inode_(inode) {}
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;
  ~Region();

  // Takes the memory now, so that a lack of it is an error here and no signal later.
  void reserve(Failure& failure);

  // Gives the memory of a part back to the system: everybody sees zeros there. Whole pages only.
  void discard(uint64_t byteOffset, uint64_t byteLength, Failure& failure);

  int fd() const { return fd_.get(); }
  std::byte* base() const { return base_; }
  uint64_t byteLength() const { return byteLength_; }
  uint64_t inode() const { return inode_; }

  // The 32-bit word with this index, or nullptr beyond the end.
  int32_t* word(uint64_t index) const {
    if (index >= byteLength_ / sizeof(int32_t)) return nullptr;
    return reinterpret_cast<int32_t*>(base_) + index;
  }

 private:
  Descriptor fd_;
  std::byte* base_;
  uint64_t byteLength_;
  uint64_t inode_;
};

}  // namespace manycore
