// native/cmd/echoserver in a sandbox.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { findGo } from '../../scripts/build/go.ts';
import { hostPlatform } from '../../scripts/build/platform.ts';
import type { Program, Sandbox } from '../../server/engine/index.ts';

const GUEST = '/.sandbox/echoserver'; // a tmpfs

/** Prints `up` once it serves; built in `folder`. */
export async function startEchoServer(
  sandbox: Sandbox,
  folder: string,
  port: number,
  asked = 0,
): Promise<Program> {
  const program = path.join(folder, 'echoserver');
  const go = await findGo();
  await go.build('./cmd/echoserver', program, { goos: 'linux', arch: hostPlatform().arch });
  await sandbox.files.write(GUEST, await readFile(program), { mode: 0o755, create: true });
  return sandbox.exec(GUEST, { args: [String(port), ...(asked === 0 ? [] : [String(asked)])] });
}
