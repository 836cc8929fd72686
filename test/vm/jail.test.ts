// A host that cannot do a part of the jail: the rest stays, the sandbox runs, and who asks is told.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { findGo } from '../../scripts/build/go.ts';
import { hostPlatform } from '../../scripts/build/platform.ts';
import type { Diagnosis } from '../../server/engine/index.ts';
import { msb, msbProgram, resultOf } from '../support/msb.ts';
import type { MsbResult } from '../support/msb.ts';
import { Place } from '../support/place.ts';

const deadline = { timeout: 300_000 };
const sandboxfile = `sandboxes:
  box: { image: 'builtin:busybox', memory: 128, scope: public }
`;

suite('a kernel without Landlock', () => {
  let place: Place;
  let without: string;

  before(async () => {
    place = await Place.create(sandboxfile);
    without = path.join(place.root, 'withoutsyscalls');
    await (
      await findGo()
    ).build('./cmd/withoutsyscalls', without, { goos: 'linux', arch: hostPlatform().arch });
  }, deadline);

  after(async () => {
    await msb(['down'], { cwd: place.project, env: place.environment });
    assert.deepEqual(await place.leftovers(), []);
    await place[Symbol.asyncDispose]();
  }, deadline);

  const lacking = async (...args: readonly string[]): Promise<MsbResult> => {
    const child = spawn(without, ['landlock_create_ruleset', msbProgram, ...args], {
      cwd: place.project,
      env: { ...process.env, ...place.environment, MENV_TEMPLATES: 'off' },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    child.stdin.end();
    return resultOf(child);
  };

  test('a sandbox runs behind the other walls, and the status names the missing one', deadline, async () => {
    const started = await lacking('run', 'box', '-d', '-e', 'sleep', '--', '600');
    assert.equal(started.code, 0, started.stderr);
    const plain = { cwd: place.project, env: place.environment };
    const { stdout } = await msb(['status'], plain);
    assert.match(stdout, /^Jail: on, but for .*files \(the kernel has no Landlock: /m);
    assert.match(stdout, /^Gateway's jail: on, but for .*files \(the kernel has no Landlock: /m);
    const [, vmmPid = ''] = /\d+\/(\d+)/.exec(stdout) ?? [];
    const status = await readFile(`/proc/${vmmPid}/status`, 'utf8');
    for (const line of ['NoNewPrivs:\t1', 'Seccomp:\t2', 'CapEff:\t0000000000000000'])
      assert.ok(status.includes(line), status);
  });

  test('the doctor says what to do about it', deadline, async () => {
    const { stdout } = await lacking('doctor', '--json');
    const finding = (JSON.parse(stdout) as Diagnosis).findings.find(({ id }) => id === 'landlock');
    assert.equal(finding?.state, 'limited', stdout);
    assert.match(finding.found, /not available/);
    assert.match(finding.fix ?? '', /`landlock` in its `lsm=` list/);
  });
});
