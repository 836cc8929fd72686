// Builds what changed, then shows the product at work: a script in a microVM.

import { spawn } from 'node:child_process';
import path from 'node:path';
import { bringUpToDate } from './build/builder.ts';
import { root } from './build/paths.ts';
import { hostPlatform } from './build/platform.ts';
import { stepsFor } from './build/steps.ts';

await bringUpToDate(stepsFor([hostPlatform()]));

const msb = spawn(path.join(root, 'bin/msb'), ['run', '-f', 'examples/hello', 'hello'], {
  cwd: root,
  stdio: 'inherit',
});
// The terminal sends Ctrl+C to msb as well, which stops the sandbox; it decides when to end.
process.on('SIGINT', () => undefined);
msb.once('exit', (code, signal) => {
  process.exitCode = signal ? 1 : (code ?? 1);
});
