// What the scripts need from the operating system. Installed when that is possible without asking
// (Debian, root), otherwise the exact command is printed.

import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

const qemu = process.arch === 'arm64' ? 'qemu-system-aarch64' : 'qemu-system-x86_64';
const qemuPackage = process.arch === 'arm64' ? 'qemu-system-arm' : 'qemu-system-x86';

/**
 * Program that must be in the path, and the Debian package that brings it.
 * @type {Record<'run' | 'test', ReadonlyArray<readonly [string, string]>>}
 */
const needs = {
  run: [
    [qemu, qemuPackage],
    ['mkfs.ext4', 'e2fsprogs'],
  ],
  test: [
    [qemu, qemuPackage],
    ['mkfs.ext4', 'e2fsprogs'],
    ['htpasswd', 'apache2-utils'],
    ['openssl', 'openssl'],
    ['skopeo', 'skopeo'],
    ['umoci', 'umoci'],
    ['docker-registry', 'docker-registry'],
    ['fsck.erofs', 'erofs-utils'],
    ['chromium', 'chromium'],
    ['setfattr', 'attr'],
    ['setcap', 'libcap2-bin'],
    ['ip', 'iproute2'],
  ],
};

/** @param {'run' | 'test'} purpose */
export function ensureDebianPackages(purpose) {
  const missing = needs[purpose].filter(([program]) => !inPath(program));
  if (missing.length === 0) return;
  const packages = missing.map(([, name]) => name);
  const install = ['install', '-y', '--no-install-recommends', ...packages];
  const command = `apt-get ${install.join(' ')}`;
  if (process.getuid?.() !== 0 || !inPath('apt-get')) {
    const programs = missing.map(([program]) => program).join(', ');
    console.error(`error: missing programs: ${programs}. On Debian run: sudo ${command}`);
    process.exit(1);
  }
  console.error(`installing ${packages.join(' ')}`);
  if (!apt(install) && !(apt(['update']) && apt(install))) {
    console.error(`error: failed: ${command}`);
    process.exit(1);
  }
}

/** What the bench compares with; where it cannot be had, the bench says so and does without. */
export function bringPeers() {
  const missing = ['podman', 'runc'].filter((program) => !inPath(program));
  if (missing.length === 0 || process.getuid?.() !== 0 || !inPath('apt-get')) return;
  const install = ['install', '-y', '--no-install-recommends', ...missing];
  if (!apt(install) && apt(['update'])) apt(install);
}

/** @param {readonly string[]} args */
function apt(args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync('apt-get', ['-q', ...args], { stdio: ['ignore', 2, 2], env }).status === 0;
}

/** Without a subprocess: this runs at every start. @param {string} program */
function inPath(program) {
  const folders = [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => {
    try {
      accessSync(path.join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
