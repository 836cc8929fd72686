// The one script that runs on whatever Node the machine has: it brings the Debian packages, the npm
// packages and with them our own Node, then hands over to the TypeScript scripts. No dependencies.
//
// usage: node scripts/bootstrap.mjs COMMAND [ARGS...]    runs scripts/COMMAND.ts

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { bringPeers, ensureDebianPackages } from './debian.mjs';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const node = path.join(root, 'node_modules/node/bin/node');
const [command = '', ...args] = process.argv.slice(2);

ensureDebianPackages(command === 'test' ? 'test' : 'run');
if (command === 'bench') bringPeers();
ensureNpmPackages();
const ended = spawnSync(node, ['--disable-warning=ExperimentalWarning', script(command), ...args], {
  cwd: root,
  stdio: 'inherit',
  // Half of the start of a small command is compilation.
  env: { NODE_COMPILE_CACHE: path.join(cacheHome(), 'sandboxfile/compile'), ...process.env },
});
// An interrupted child has cleaned up already; end the way it ended.
if (ended.signal) process.kill(process.pid, ended.signal);
process.exitCode = ended.status ?? 1;

function cacheHome() {
  return process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache');
}

/** @param {string} name */
function script(name) {
  const file = path.join(root, 'scripts', `${name}.ts`);
  if (!/^[a-z]+$/.test(name) || !existsSync(file)) fail(`no such command: ${name || '(none)'}`);
  return file;
}

function ensureNpmPackages() {
  if (installedMatchesLock()) return;
  console.error('installing npm packages');
  const npm = process.env['npm_execpath'];
  const [program, first] = npm ? [process.execPath, [npm]] : ['npm', []];
  const npmArgs = [...first, 'ci', '--prefer-offline', '--no-audit', '--no-fund'];
  const { status } = spawnSync(program, npmArgs, { cwd: root, stdio: ['ignore', 2, 2] });
  if (status !== 0) fail('npm ci failed');
  if (!existsSync(node))
    fail(`the package "node" brought no ${node}: are install scripts turned off in npm?`);
}

/**
 * npm writes node_modules/.package-lock.json last, so an installation that was cut short never matches.
 * Packages for other platforms are in the lock only.
 */
function installedMatchesLock() {
  const hidden = path.join(root, 'node_modules/.package-lock.json');
  if (!existsSync(hidden) || !existsSync(node)) return false;
  const wanted = lockedPackages(path.join(root, 'package-lock.json'));
  const installed = lockedPackages(hidden);
  return Object.entries(wanted).every(([name, entry]) => {
    const found = installed[name];
    return name === '' || (found ? found.version === entry.version : entry.optional === true);
  });
}

/**
 * @param {string} file
 * @returns {Record<string, {version?: string, optional?: boolean}>}
 */
function lockedPackages(file) {
  /** @type {unknown} */
  const lock = JSON.parse(readFileSync(file, 'utf8'));
  return /** @type {{packages: Record<string, {version?: string, optional?: boolean}>}} */ (lock).packages;
}

/**
 * @param {string} message
 * @returns {never}
 */
function fail(message) {
  console.error(`error: ${message}`);
  process.exit(1);
}
