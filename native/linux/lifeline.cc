#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>
#include <vector>

#include "../core/life.hh"
#include "proc.hh"

namespace manycore {

constexpr int kLookEveryMs = 200;  // Only where the kernel has no pidfd to wait on.

struct Parent {
  int pid;
  double startTime;
  int pidfd;  // -1: look at the process from time to time.
};

[[noreturn]] static void die() {
  kill(getpid(), SIGKILL);
  // The first process of a container is immune to its own signals.
  _exit(128 + SIGKILL);
}

class Lifeline {
 public:
  // Never destroyed: its thread runs until the process ends, destructors of statics included.
  static Lifeline& instance() {
    static Lifeline* const lifeline = new Lifeline;
    return *lifeline;
  }

  void add(int pid, double startTime, Failure& failure) {
    const std::lock_guard lock(mutex_);
    for (const Parent& parent : parents_) {
      if (parent.pid == pid && parent.startTime == startTime) return;
    }
    startThread(failure);
    if (failure) return;
    // First the descriptor, then the look at the start time: afterwards the number cannot change its owner.
    Failure ignored;  // Too many files open or an old kernel: looking from time to time does as well.
    Descriptor pidfd = openPidfd(pid, ignored);
    if (!isAlive(pid, startTime)) die();
    parents_.push_back({pid, startTime, pidfd.release()});
    eventfd_write(changed_.get(), 1);
  }

 private:
  void startThread(Failure& failure) {
    if (changed_) return;
    Descriptor changed(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!changed) {
      failure = {errno, "eventfd"};
      return;
    }
    // The thread inherits the mask: handlers of signals belong to the threads of Node.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_t thread;
    const int result = pthread_create(&thread, nullptr, &Lifeline::run, this);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (result != 0) {
      failure = {result, "pthread_create"};
      return;
    }
    pthread_detach(thread);
    pthread_setname_np(thread, "mp-lifeline");
    changed_ = std::move(changed);
  }

  static void* run(void* self) {
    static_cast<Lifeline*>(self)->watch();
    return nullptr;
  }

  void watch() {
    for (;;) {
      std::vector<Parent> parents;
      {
        const std::lock_guard lock(mutex_);
        parents = parents_;
      }
      std::vector<pollfd> fds;
      bool mustLook = false;
      for (const Parent& parent : parents) {
        fds.push_back({.fd = parent.pidfd, .events = POLLIN, .revents = 0});
        if (parent.pidfd < 0) mustLook = true;
      }
      fds.push_back({.fd = changed_.get(), .events = POLLIN, .revents = 0});
      poll(fds.data(), fds.size(), mustLook ? kLookEveryMs : -1);
      eventfd_t count;
      if (fds.back().revents != 0) eventfd_read(fds.back().fd, &count);
      for (size_t index = 0; index < parents.size(); index++) {
        const Parent& parent = parents[index];
        if (fds[index].revents != 0 || (parent.pidfd < 0 && !isAlive(parent.pid, parent.startTime))) die();
      }
    }
  }

  std::mutex mutex_;
  std::vector<Parent> parents_;
  Descriptor changed_;
};

void watchParent(int pid, double startTime, Failure& failure) { Lifeline::instance().add(pid, startTime, failure); }

}  // namespace manycore
