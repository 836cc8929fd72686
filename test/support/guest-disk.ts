// Guests without the product's agent, for floors and for attacks.

import path from 'node:path';
import { run } from '../../scripts/build/command.ts';
import { findGo } from '../../scripts/build/go.ts';
import { native } from '../../scripts/build/paths.ts';
import { hostPlatform } from '../../scripts/build/platform.ts';

/** Packs a command as the first program of a guest, with the tool that packs the product's agent. */
export async function packGuest(command: 'rawguest' | 'hostileguest', folder: string): Promise<string> {
  const go = await findGo();
  const [program, disk] = [path.join(folder, command), path.join(folder, 'agent.img')];
  await go.build(`./cmd/${command}`, program, { goos: 'linux', arch: hostPlatform().arch });
  const args = ['run', './cmd/assets', 'agent-disk', '--input', program, '--out', disk];
  await run(go.program, args, { cwd: native, env: go.environment() });
  return disk;
}
