// The linter list of native/tools, run through `go vet` so that results are cached per package.

import path from 'node:path';
import { bringUpToDate } from '../build/builder.ts';
import { run } from '../build/command.ts';
import { fingerprint, fingerprintTree } from '../build/fingerprint.ts';
import type { GoTarget } from '../build/go.ts';
import { findGo } from '../build/go.ts';
import { dist, native } from '../build/paths.ts';
import type { Step } from '../build/step.ts';
import { exec, single } from './exec.ts';
import type { Task } from './task.ts';

const tools = path.join(native, 'tools');

const linterStep: Step = {
  name: 'golint',
  needs: [],
  inputs: async () => [
    await fingerprint(path.join((await findGo()).root, 'VERSION')),
    ...(await fingerprintTree(tools, () => true)),
  ],
  outputs: ['tools/golint'],
  build: async (folder) => {
    const go = await findGo();
    const args = ['build', '-trimpath', '-buildvcs=false', '-o', path.join(folder, 'golint'), './golint'];
    await run(go.program, args, { cwd: tools, env: go.environment() });
  },
};

export const lintGo: Task = {
  name: 'lint-go',
  run: async (context) => {
    await bringUpToDate([linterStep]);
    const go = await findGo();
    const vet = (target: GoTarget): Promise<boolean> =>
      exec(context, go.program, ['vet', `-vettool=${path.join(dist, 'tools/golint')}`, './...'], {
        cwd: native,
        environment: go.environment(target, context.environment),
      });
    // The two systems differ in their files, their processors hardly.
    const linux = await vet({ goos: 'linux', arch: 'amd64' });
    const darwin = await vet({ goos: 'darwin', arch: 'arm64' });
    return single(linux && darwin);
  },
};
