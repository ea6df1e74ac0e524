// The only file of the library that asks which system it runs on. Everybody else asks for the ability by name.

/** Regions are memfds, waits are futexes, children are watched through pidfds. */
export const isLinux: boolean = process.platform === 'linux';

/** There are no signals and no `fork`; paths have drive letters. */
export const isWindows: boolean = process.platform === 'win32';

/** Shared memory is POSIX, without memfd and futex. */
export const isMac: boolean = process.platform === 'darwin';

/** The name of the folder in `prebuilds/` that holds this platform's addon, such as `linux-x64`. */
export const platformName: string = `${process.platform}-${process.arch}`;

/** Whether `/proc/<pid>` tells about other processes. */
export const hasProcFs: boolean = isLinux;

/** Where named shared memory lives as files; `undefined` where it has no file system face. */
export const sharedMemoryFolder: string | undefined = isLinux ? '/dev/shm' : undefined;
