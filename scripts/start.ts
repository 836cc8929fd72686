// Builds what changed, then shows the product at work: a script in a microVM.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { bringUpToDate } from './build/builder.ts';
import { main } from './build/main.ts';
import { root } from './build/paths.ts';
import { hostPlatform } from './build/platform.ts';
import { stepsFor } from './build/steps.ts';

await main(async () => {
  await bringUpToDate(stepsFor([hostPlatform()]));
  const example = ['run', '-f', 'examples/hello', 'hello'];
  const msb = spawn(path.join(root, 'bin/msb'), example, { cwd: root, stdio: 'inherit' });
  // The terminal sends Ctrl+C to msb as well, which stops the sandbox; it decides when to end.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => msb.kill('SIGTERM'));
  const [code] = (await once(msb, 'exit')) as [number | null];
  process.exitCode = code ?? 1;
});
