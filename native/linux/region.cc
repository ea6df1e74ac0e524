#include "../core/region.hh"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "proc.hh"

namespace manycore {

constexpr unsigned kCloseOnExec = 0x0001;
constexpr unsigned kAllowSealing = 0x0002;
constexpr unsigned kNoExecSeal = 0x0008;  // Linux 6.3; newer kernels complain in their log without it.

// Small regions hold locks and rings: their memory is taken at once, for about a microsecond a page.
// Big ones are often used in part only, so they take theirs page by page, unless reserve() is called.
constexpr uint64_t kReserveAtOnce = 64 * 1024;

// Under strict accounting a page that cannot be had is a SIGBUS, at any size.
static bool strictAccounting() {
  static const bool strict = [] {
    char text[8];
    return readSmallFile("/proc/sys/vm/overcommit_memory", text, sizeof(text)) > 0 && text[0] == '2';
  }();
  return strict;
}

static int createMemfd() {
  int fd = static_cast<int>(syscall(SYS_memfd_create, "manycore", kCloseOnExec | kNoExecSeal));
  if (fd < 0 && errno == EINVAL) {
    fd = static_cast<int>(syscall(SYS_memfd_create, "manycore", kCloseOnExec | kAllowSealing));
  }
  return fd;
}

static void allocate(int fd, uint64_t byteLength, Failure& failure) {
  const int result = retry([&] { return fallocate(fd, 0, 0, static_cast<off_t>(byteLength)); });
  if (result != 0) failure = {errno, "fallocate"};
}

static std::shared_ptr<Region> map(Descriptor fd, uint64_t byteLength, uint64_t inode, Failure& failure) {
  void* base = mmap(nullptr, byteLength, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (base == MAP_FAILED) return failure.of(errno, "mmap");
  return std::make_shared<Region>(std::move(fd), static_cast<std::byte*>(base), byteLength, inode);
}

static std::shared_ptr<Region> make(uint64_t byteLength, bool takesMemory, Failure& failure) {
  Descriptor fd(createMemfd());
  if (!fd) return failure.of(errno, "memfd_create");
  if (ftruncate(fd.get(), static_cast<off_t>(byteLength)) != 0) return failure.of(errno, "ftruncate");
  if (takesMemory) allocate(fd.get(), byteLength, failure);
  if (failure) return nullptr;
  // Nobody may shorten the file under our feet: touching the lost pages would be a SIGBUS.
  if (fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) return failure.of(errno, "fcntl");
  struct stat info;
  if (fstat(fd.get(), &info) != 0) return failure.of(errno, "fstat");
  return map(std::move(fd), byteLength, info.st_ino, failure);
}

std::shared_ptr<Region> Region::create(uint64_t byteLength, Failure& failure) {
  return make(byteLength, byteLength <= kReserveAtOnce || strictAccounting(), failure);
}

std::shared_ptr<Region> Region::createSparse(uint64_t byteLength, Failure& failure) {
  return make(byteLength, false, failure);
}

void Region::discard(uint64_t byteOffset, uint64_t byteLength, Failure& failure) {
  if (madvise(base_ + byteOffset, byteLength, MADV_REMOVE) != 0) failure = {errno, "madvise"};
}

std::shared_ptr<Region> Region::open(int pid, int fd, uint64_t inode, Failure& failure) {
  Descriptor own = openForeign(pid, fd, inode, S_IFREG, O_RDWR, failure);
  if (!own) return nullptr;
  struct stat info;
  if (fstat(own.get(), &info) != 0) return failure.of(errno, "fstat");
  return map(std::move(own), static_cast<uint64_t>(info.st_size), info.st_ino, failure);
}

Region::~Region() { munmap(base_, byteLength_); }

void Region::reserve(Failure& failure) { allocate(fd_.get(), byteLength_, failure); }

}  // namespace manycore
