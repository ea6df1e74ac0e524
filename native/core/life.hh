// Owns one thread per process that outlives everything else: it ends us when a parent is gone.
// The other functions own nothing and may be called from any thread.
#pragma once

#include <cstdint>
#include <vector>

#include "system.hh"

namespace manycore {

// Kills this process at once when process `pid` ends, or has ended, or started at another time.
// 0 as `startTime` compares nothing. Several parents may be watched; the first one to end decides.
void watchParent(int pid, double startTime, Failure& failure);

// Moment of the process's start in the kernel's ticks; -1 when there is no such process.
double startTimeOf(int pid);

// There is such a process, it has not ended, and (unless 0) it started at `startTime`.
bool isAlive(int pid, double startTime);

struct Ending {
  bool exited = false;
  int code = -1;  // -1 when a signal ended it, or when it is not our child and nobody can know.
  int signal = 0;
};

// Waits for the end of a process and leaves the rest of it to whoever reaps children here.
Ending waitExit(int pid, int64_t deadline, Failure& failure);

// Takes the exit status of a child that has ended, so that nothing of it is left; whether there was one.
// Only for children that no event loop watches any more.
bool reap(int pid);

// Memory of the process that is in RAM, in bytes; -1 when there is no such process.
double residentBytes(int pid);

// The processors it may run on: all threads of a process, or the one thread that has this id.
void setAffinity(int id, const std::vector<int>& cpus, Failure& failure);
std::vector<int> getAffinity(int id, Failure& failure);

// Number of the processor on which this thread runs, modulo 256.
int currentProcessor();

// Moves this thread to another processor, if it may use one; afterwards it may use all that it might before.
void leaveProcessor();

int threadId();
bool onMainThread();
[[noreturn]] void exitNow(int code);

}  // namespace manycore
