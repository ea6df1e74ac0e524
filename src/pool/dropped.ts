import type { WorkerHost } from '../workers/host.ts';

const dropped = new FinalizationRegistry<WorkerHost>((host) => {
  if (host.isClosing) return;
  process.emitWarning(`${host.name} was dropped without close() or terminate(); use \`await using\``, {
    type: 'ResourceWarning',
    code: 'WARN_MP_POOL_DROPPED',
  });
  host.close();
});

/** A pool that nobody holds any more is closed when its work is done. */
export function warnWhenDropped(pool: object, host: WorkerHost): void {
  dropped.register(pool, host);
}
