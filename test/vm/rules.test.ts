// Outbound rules end to end: from the Sandboxfile to what a guest reaches, and what is said of the rest.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { createEngine } from '../../server/engine/index.ts';
import type { Engine, Sandbox } from '../../server/engine/index.ts';
import { msb } from '../support/msb.ts';
import { Place } from '../support/place.ts';
import { finish } from '../support/programs.ts';
import { makeTemplate } from '../support/templates.ts';

const deadline = { timeout: 300_000 };

suite('outbound rules', () => {
  let place: Place;
  let engine: Engine;
  let sandbox: Sandbox;
  let listed: Server;
  let other: Server;

  before(async () => {
    [listed, other] = [await server(), await server()];
    place = await Place.create(`sandboxes:
  box:
    image: builtin:busybox
    memory: 256
    scope: any
    allow: ["host.sandbox.internal:${portOf(listed)}"]
`);
    await makeTemplate(place.home, 256, { network: true });
    engine = createEngine({ home: place.home, templates: true });
    const project = await engine.openProject({ root: place.project });
    sandbox = await project.start('box');
  }, deadline);

  after(async () => {
    listed.close();
    other.close();
    await engine.close();
    await place[Symbol.asyncDispose]();
  }, deadline);

  const reach = async (port: number): Promise<string> => {
    const script = `nc -w 20 host.sandbox.internal ${port} </dev/null || echo refused`;
    const { stdout } = await finish(await sandbox.exec('sh', { args: ['-c', script] }));
    return stdout;
  };

  test('what is in the list is reached, and nothing else of the scope', deadline, async () => {
    assert.equal(await reach(portOf(listed)), 'here\n');
    assert.equal(await reach(portOf(other)), 'refused\n');
    const { stdout } = await msb(['status', 'box'], { cwd: place.project, env: place.environment });
    assert.match(stdout, /\nNetwork of box: \d+ denied \(`msb log --audit box`\)/);
  });

  test('a denial is in the audit log, and the totals when the sandbox has left', deadline, async () => {
    await sandbox.stop();
    const { stdout } = await msb(['log', 'box', '--audit'], { cwd: place.project, env: place.environment });
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const denied = lines.find(({ port }) => port === portOf(other));
    assert.deepEqual(
      [denied?.['protocol'], denied?.['rule'], denied?.['reason']],
      ['tcp', 'allow', 'not in the list'],
    );
    assert.ok(lines.at(-1)?.['total'] !== undefined);
    assert.deepEqual(await place.leftovers(), []);
  });
});

async function server(): Promise<Server> {
  const made = createServer((socket) => socket.on('error', () => undefined).end('here\n'));
  made.listen(0, '127.0.0.1');
  await once(made, 'listening');
  return made;
}

function portOf(of: Server): number {
  return (of.address() as AddressInfo).port;
}
