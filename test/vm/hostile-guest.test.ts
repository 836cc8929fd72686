// A guest that has its own kernel and attacks its VMM: the worst that comes of it is its own end.

import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, symlink } from 'node:fs/promises';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { createEngine, SandboxError } from '../../server/engine/index.ts';
import type { Project } from '../../server/engine/index.ts';
import { defaultAssetFolder } from '../../server/engine/machine/assets.ts';
import { packGuest } from '../support/guest-disk.ts';
import { Place } from '../support/place.ts';
import { cpuTicks, isRunning } from '../support/processes.ts';
import { sh } from '../support/programs.ts';

const sandboxfile = `sandboxes:
  hostile: { image: 'builtin:busybox', memory: 128 }
  quiet: { image: 'builtin:busybox', memory: 128, scope: none }
`;

/** For how long, in seconds; the long form is 60. */
const seconds = Number(process.env['SANDBOXFILE_TEST_ATTACK'] ?? 8);

/** How the attacker's start may end: it never becomes a sandbox. */
const ends = ['VMM_FAILED', 'GUEST_PANIC', 'BOOT_TIMEOUT', 'LINK', 'ENDED'];

suite('a guest that attacks its VMM', () => {
  let place: Place;
  let assets: string;

  before(async () => {
    place = await Place.create(sandboxfile);
    assets = path.join(place.root, 'assets');
    await mkdir(assets);
    const real = path.resolve(defaultAssetFolder());
    for (const name of await readdir(real)) {
      if (name !== 'agent.img') await symlink(path.join(real, name), path.join(assets, name));
    }
    await packGuest('hostileguest', assets);
  });

  after(async () => {
    await place[Symbol.asyncDispose]();
  });

  test(
    'nothing but its own VM ends, and everything else goes on',
    { timeout: (seconds + 240) * 1000 },
    async (t) => {
      const engine = createEngine({ home: place.home });
      const attacked = createEngine({ home: place.home, assets, templates: false });
      try {
        const quiet = await (await engine.openProject({ root: place.project })).start('quiet');
        const neighbours = (await (await engine.openProject({ root: place.project })).status()).flatMap(
          ({ supervisorPid = 0, vmmPid = 0 }) => [supervisorPid, vmmPid].filter((pid) => pid !== 0),
        );
        const project = await attacked.openProject({ root: place.project });
        const end = performance.now() + seconds * 1000;
        const attacks: string[] = [];
        do {
          const controller = new AbortController();
          const starting = project.start('hostile', { signal: controller.signal });
          let outcome = '';
          const ended = assert.rejects(starting, (error) => {
            if (controller.signal.aborted) return true;
            outcome = error instanceof SandboxError ? error.code : String(error);
            return ends.includes(outcome);
          });
          const began = performance.now();
          const begun = await Promise.race([ended.then(() => false), attackBegun(place)]);
          const rest = delay(Math.max(0, end - performance.now()), undefined, { signal: controller.signal });
          await Promise.race([ended, rest]);
          const worked = await processorSeconds(project);
          controller.abort();
          if (begun) {
            const lasted = ((performance.now() - began) / 1000).toFixed(0);
            attacks.push(
              outcome === ''
                ? `stopped by us after ${lasted} s, ${worked} s of a processor`
                : `${outcome} after ${lasted} s`,
            );
          }
          await Promise.allSettled([ended, rest]);
          await ended;
          await project.stop(['hostile']);
        } while (performance.now() < end);
        t.diagnostic(`${String(attacks.length)} attacks: ${attacks.join('; ')}`);
        assert.ok(attacks.length > 0, 'no guest has attacked');
        assert.ok(neighbours.every(isRunning), 'another sandbox has ended');
        assert.equal((await sh(quiet, 'echo still here')).stdout, 'still here\n');
      } finally {
        await attacked.close();
        await (await engine.openProject({ root: place.project })).stop();
        await engine.close();
      }
      assert.deepEqual(await place.leftovers(), []);
    },
  );
});

/** What the attacker's VMM has computed so far: that it is still attacking. */
async function processorSeconds(project: Project): Promise<string> {
  const [status] = await project.status(['hostile']);
  if (status?.vmmPid === undefined) return '0';
  return ((await cpuTicks(status.vmmPid).catch(() => 0)) / 100).toFixed(0);
}

/** Resolves to true when an attacker's console says so. */
async function attackBegun(place: Place): Promise<boolean> {
  const runs = path.join(place.home, 'run');
  for (const end = performance.now() + 120_000; performance.now() < end; await delay(100)) {
    for (const name of await readdir(runs)) {
      const console = await readFile(path.join(runs, name, 'console.log'), 'latin1').catch(() => '');
      if (console.includes('hostileguest: attack with seed')) return true;
    }
  }
  return false;
}
