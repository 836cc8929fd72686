// Finds a Go toolchain that can build native/, or brings one.

import { createHash } from 'node:crypto';
import { readFileSync, realpathSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { unzipSync } from 'fflate';
import { cached } from './cache.ts';
import { run } from './command.ts';
import type { Fingerprint } from './fingerprint.ts';
import { fingerprint, fingerprintTree } from './fingerprint.ts';
import { native } from './paths.ts';
import type { Arch, Platform } from './platform.ts';
import { hostPlatform } from './platform.ts';

/** The toolchain as a module of the Go module proxy, and its archives' SHA-256. */
const toolchain = {
  version: '1.26.8',
  sha256: {
    'linux-x64': '30c2b1bf7dcc88d3eb0a1364e47ddd9128edb3110a30e8a0ef61cd5856b31de7',
    'linux-arm64': '02b36b6787b3ac767668f630e2998df45a3b1f9ffee08d1bf3ef6487cd658d99',
    'darwin-arm64': '0aad5fb52b88498885290178adc0bcfe429bc63012621af9f83282eb640bd9c7',
  },
};

export interface GoTarget {
  readonly goos: Platform['goos'];
  readonly arch: Arch;
}

export class Go {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  get program(): string {
    return path.join(this.root, 'bin/go');
  }

  environment(target?: GoTarget, base: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
    return {
      ...base,
      PATH: `${path.join(this.root, 'bin')}${path.delimiter}${base['PATH'] ?? ''}`,
      GOTOOLCHAIN: 'local',
      CGO_ENABLED: '0',
      ...(target && { GOOS: target.goos, GOARCH: target.arch }),
    };
  }

  /** `output` depends on the sources and the toolchain only, not on the machine. */
  async build(packagePath: string, output: string, target: GoTarget): Promise<void> {
    const args = ['build', '-trimpath', '-buildvcs=false', '-ldflags=-s -w', '-o', output, packagePath];
    await run(this.program, args, { cwd: native, env: this.environment(target) });
  }

  /** What every Go build depends on. */
  async inputs(): Promise<readonly Fingerprint[]> {
    const own = [import.meta.filename, path.join(this.root, 'VERSION')];
    return [...(await Promise.all(own.map(fingerprint))), ...(await fingerprintTree(native, isBuilt))];
  }
}

function isBuilt(file: string): boolean {
  const inside = path.relative(native, file);
  return !inside.endsWith('_test.go') && !/(^|\/)testdata\//.test(inside) && !/^(tools|proto)\//.test(inside);
}

let found: Promise<Go> | undefined;

export function findGo(): Promise<Go> {
  found ??= installedGo() ?? fetchedGo();
  return found;
}

function installedGo(): Promise<Go> | undefined {
  for (const folder of (process.env['PATH'] ?? '').split(path.delimiter)) {
    try {
      const root = path.dirname(path.dirname(realpathSync(path.join(folder, 'go'))));
      const [, major, minor, patch] =
        /^go(\d+)\.(\d+)(?:\.(\d+))?/.exec(readFileSync(`${root}/VERSION`, 'utf8')) ?? [];
      if (isNewEnough([Number(major), Number(minor), Number(patch ?? 0)]))
        return Promise.resolve(new Go(root));
    } catch {
      // No go here, or a wrapper without a Go root around it.
    }
  }
  return undefined;
}

function isNewEnough(version: readonly number[]): boolean {
  const wanted = toolchain.version.split('.').map(Number);
  for (const [index, part] of wanted.entries()) {
    const have = version[index] ?? 0;
    if (have !== part) return have > part;
  }
  return true;
}

async function fetchedGo(): Promise<Go> {
  const { name, goos, arch } = hostPlatform();
  const module = `golang.org/toolchain@v0.0.1-go${toolchain.version}.${goos}-${arch}`;
  const [modulePath = '', moduleVersion = ''] = module.split('@');
  const proxy = (process.env['GOPROXY'] ?? '').split(/[,|]/).find((each) => each.startsWith('http'));
  if (proxy === undefined) {
    throw new Error(
      `no Go ${toolchain.version} or newer in the path: install it, or name a Go module proxy in GOPROXY`,
    );
  }
  const url = `${proxy}/${modulePath}/@v/${moduleVersion}.zip`;
  const root = await cached(`go-${name}`, toolchain.sha256[name].slice(0, 32), async (folder) => {
    console.error(`no Go ${toolchain.version} or newer in the path: fetching it as ${module}`);
    const answer = await fetch(url);
    if (!answer.ok) throw new Error(`${url}: ${answer.status} ${answer.statusText}`);
    const archive = new Uint8Array(await answer.arrayBuffer());
    const sum = createHash('sha256').update(archive).digest('hex');
    if (sum !== toolchain.sha256[name])
      throw new Error(`${url}: sha256 ${sum}, wanted ${toolchain.sha256[name]}`);
    await unpack(archive, `${module}/`, folder);
  });
  return new Go(root);
}

/** Module archives carry no modes: what lies in the two folders of programs is one. */
async function unpack(archive: Uint8Array, prefix: string, folder: string): Promise<void> {
  for (const [name, content] of Object.entries(unzipSync(archive))) {
    if (!name.startsWith(prefix) || name.endsWith('/')) continue;
    const file = path.join(folder, name.slice(prefix.length));
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
    if (/^(bin|pkg\/tool)\//.test(name.slice(prefix.length))) await chmod(file, 0o755);
  }
}
