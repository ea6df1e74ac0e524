import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = new URL('../', import.meta.url);

/** Installs the peers with `npm ci` when one of them is absent or of another version than package.json says. */
export function installPeers() {
  if (installed()) return;
  console.log('installing the peers (npm ci in bench/) ...');
  // No install script is needed: msgpackr's addon comes prebuilt, and without it msgpackr is plain JavaScript.
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: fileURLToPath(folder),
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('npm ci failed in bench/: the peers cannot be measured');
}

function installed() {
  const { dependencies } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'));
  return Object.entries(dependencies).every(([name, version]) => {
    try {
      const found = readFileSync(new URL(`node_modules/${name}/package.json`, folder), 'utf8');
      return JSON.parse(found).version === version;
    } catch {
      return false;
    }
  });
}
