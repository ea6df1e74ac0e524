/** Says when user code ran in a fresh process or thread, and ends. Only the channel that is there is used. */
const time = String(process.hrtime.bigint());
if (process.send === undefined) {
  const { parentPort } = await import('node:worker_threads');
  if (parentPort === null) process.stdout.write(time);
  else parentPort.postMessage(time);
} else {
  process.send(time, () => process.disconnect());
}
