// The same behaviour on the hardware, where there is one, and what happens where there is none.

import assert from 'node:assert/strict';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Diagnosis } from '../../server/engine/index.ts';
import { whyNoHardware } from '../support/hardware.ts';
import { msb } from '../support/msb.ts';
import type { MsbResult } from '../support/msb.ts';
import { Place } from '../support/place.ts';
import { behaviour } from './behaviour.ts';

const reason = await whyNoHardware();

behaviour({
  name: 'libkrun',
  options: { vmm: 'libkrun' },
  origin: 'boot',
  ...(reason === undefined ? {} : { skip: reason }),
});

const deadline = { timeout: 300_000 };
const sandboxfile = `sandboxes:
  box: { image: 'builtin:busybox', memory: 128, scope: none }
`;

const works = reason === undefined ? 'guests run on the hardware here' : false;

suite('hardware that does not work', { skip: works }, () => {
  let place: Place;

  before(async () => {
    place = await Place.create(sandboxfile);
  });

  after(async () => {
    assert.deepEqual(await place.leftovers(), []);
    await place[Symbol.asyncDispose]();
  });

  const automatic = { MENV_VMM: 'auto', MENV_TEMPLATES: 'off' };
  const run = (more: Readonly<Record<string, string>> = {}): Promise<MsbResult> =>
    msb(['run', 'box', '-e', 'echo', '--', 'it runs'], {
      cwd: place.project,
      env: { ...place.environment, ...automatic, ...more },
    });
  const verdict = path.join('vmm-probe', 'verdict.json');
  const probed = async (): Promise<number> => (await stat(path.join(place.home, verdict))).ino;
  const warning = /hardware virtualisation cannot be used: .*; sandboxes run on QEMU from now on/g;

  test('a start without a choice falls back to QEMU, and says so once', deadline, async () => {
    const start = (
      await msb(['run', 'box', '-d'], { cwd: place.project, env: { ...place.environment, ...automatic } })
    ).stderr;
    assert.equal([...start.matchAll(warning)].length, 1, start);
    const first = await run();
    assert.equal(first.code, 0, first.stderr);
    assert.equal(first.stdout, 'it runs\n');
    assert.doesNotMatch(first.stderr, warning, 'its start has said it');
    await msb(['down'], { cwd: place.project });
    const before = await probed();
    const second = await run();
    assert.equal(second.code, 0, second.stderr);
    assert.doesNotMatch(second.stderr, warning);
    assert.equal(await probed(), before, 'a guest was booted again');
  });

  test('the doctor asks again when it is told to', deadline, async () => {
    const before = await probed();
    const options = { cwd: place.root, env: { ...place.environment, ...automatic } };
    await msb(['doctor'], options);
    assert.equal(await probed(), before, 'a guest was booted');
    const { stdout } = await msb(['doctor', '--probe', '--json'], options);
    assert.notEqual(await probed(), before, 'no guest was booted');
    const { findings } = JSON.parse(stdout) as Diagnosis;
    const found = findings.find(({ id }) => id === 'hypervisor');
    assert.notEqual(found?.state, 'good', stdout);
    assert.match(found?.fix ?? '', /QEMU emulates/);
    assert.deepEqual((await readdir(path.join(place.home, 'vmm-probe'))).sort(), ['lock', 'verdict.json']);
  });

  test('another libkrun is another question', deadline, async () => {
    const before = await probed();
    const { code, stderr } = await run({ MENV_LIBKRUN: path.join(place.root, 'none.so') });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /libkrun.*; sandboxes run on QEMU from now on/);
    assert.notEqual(await probed(), before);
  });

  test('the file chooses instead of the settings, the command instead of the file', deadline, async () => {
    await place.write(sandboxfile.replace('scope: none', 'scope: none, vmm: libkrun'));
    const library = path.join(place.root, 'none.so');
    const settings = { MENV_VMM: '', MENV_DEFAULT_VMM: 'qemu', MENV_LIBKRUN: library };
    const byFile = await run(settings);
    assert.notEqual(byFile.code, 0);
    assert.match(byFile.stderr, /none\.so/);
    const byCommand = await run({ ...settings, MENV_VMM: 'qemu' });
    assert.equal(byCommand.code, 0, byCommand.stderr);
    await place.write(sandboxfile);
  });

  test('who insists on it is told why not', deadline, async () => {
    const { code, stderr } = await msb(['--vmm', 'libkrun', 'run', 'box', '-e', 'true'], {
      cwd: place.project,
      env: { ...place.environment, MENV_LIBKRUN: path.join(place.root, 'none.so') },
    });
    assert.notEqual(code, 0);
    assert.match(stderr, /none\.so/);
  });
});
