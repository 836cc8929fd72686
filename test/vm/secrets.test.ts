// A secret from the user to the host that it is for: that host gets it, and nothing of the sandbox has it.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import { createEngine, hasCode } from '../../server/engine/index.ts';
import type { Engine, Project, Sandbox } from '../../server/engine/index.ts';
import { buildImage } from '../support/images/build.ts';
import * as recipes from '../support/images/recipes.ts';
import { msb } from '../support/msb.ts';
import { Place } from '../support/place.ts';
import { processesOf } from '../support/processes.ts';
import { finish } from '../support/programs.ts';
import { makeTemplate } from '../support/templates.ts';
import { makeAuthority, TlsServer } from '../support/tls-server.ts';

const execute = promisify(execFile);
const deadline = { timeout: 300_000 };
const needsRoot = process.getuid?.() === 0 ? {} : { skip: 'images are made by root' };
const host = 'host.sandbox.internal';
const value = `value-${randomBytes(16).toString('hex')}`;

/** Asks as any program does; what it says is what the guest knows. */
const client = `
import os, ssl, sys, urllib.request
url, roots = sys.argv[1:3]
context = ssl._create_unverified_context() if roots == 'none' else ssl.create_default_context(cafile=roots or None)
request = urllib.request.Request(url, headers={'Authorization': 'Bearer ' + os.environ['TOKEN']})
answer = urllib.request.urlopen(request, context=context, timeout=60)
print(answer.status, answer.headers['x-echo'], answer.read().decode().strip())
`;

suite('secrets', needsRoot, () => {
  const made = new AsyncDisposableStack();
  let place: Place;
  let engine: Engine;
  let project: Project;
  let box: Sandbox;
  let named: TlsServer;
  let other: TlsServer;
  let placeholder: string;

  before(async () => {
    const image = await buildImage(recipes.python);
    place = made.use(await Place.create());
    const authority = path.join(place.root, 'world');
    await mkdir(authority);
    // The gateway trusts whom the host trusts.
    process.env['SSL_CERT_FILE'] = await makeAuthority(authority, host);
    named = made.use(await TlsServer.start(authority));
    other = made.use(await TlsServer.start(authority));
    await place.write(`sandboxes:
  box:
    image: ${image}#latest
    memory: 512
    scope: any
    envs: [PATH=/usr/local/bin:/usr/bin:/bin]
    shell: /bin/bash
    secrets: { TOKEN: "${host}:${String(named.port)}" }
`);
    await makeTemplate(place.home, 512, { network: true });
    engine = createEngine({ home: place.home, templates: true });
    made.defer(() => engine.close());
    project = await engine.openProject({ root: place.project });
  }, deadline);

  after(async () => {
    delete process.env['SSL_CERT_FILE'];
    await using _ = made;
    await project.stop();
    assert.deepEqual(await place.leftovers(), []);
  }, deadline);

  const cli = (args: readonly string[], input = ''): ReturnType<typeof msb> =>
    msb(args, { cwd: place.project, env: place.environment, input });

  const ask = async (server: TlsServer, roots = ''): Promise<string> => {
    const url = `https://${host}:${String(server.port)}/`;
    const { stdout, stderr } = await finish(
      await box.exec('/usr/bin/python3', { args: ['-c', client, url, roots] }),
    );
    return stdout + stderr;
  };

  test('what the user has not given is not taken, and no sandbox starts without it', deadline, async () => {
    await assert.rejects(project.start('box', { idle: true }), (error) => hasCode(error, 'SECRET_MISSING'));
    const unknown = await cli(['secret', 'set', 'OTHER', '--stdin'], value);
    assert.equal(unknown.code, 1);
    const set = await cli(['secret', 'set', 'TOKEN', '--stdin'], `${value}\n`);
    assert.equal(set.code, 0, set.stderr);
    assert.match(set.stderr, new RegExp(`TOKEN: used by box for ${host}:${String(named.port)}`));
    const listed = await cli(['secret', 'ls']);
    assert.match(listed.stdout, /TOKEN +given +box/);
    assert.ok(!(set.stdout + set.stderr + listed.stdout).includes(value));
    box = await project.start('box', { idle: true });
  });

  test('the named host gets the value, and the guest a placeholder', deadline, async () => {
    const answer = await ask(named);
    const echo = /^200 Bearer (sandbox_secret_[0-9a-f]{32}) answered\n$/.exec(answer);
    assert.ok(echo, answer);
    placeholder = echo[1] ?? '';
    assert.equal(named.asked.at(-1)?.authorization, `Bearer ${value}`);
  });

  test('programs with a look of their own trust the gateway too', deadline, async () => {
    assert.match(await ask(named, '/etc/ssl/certs/ca-certificates.crt'), /^200 /);
  });

  test('another host gets the placeholder', deadline, async () => {
    assert.match(await ask(other, 'none'), /^200 /);
    assert.equal(other.asked.at(-1)?.authorization, `Bearer ${placeholder}`);
  });

  test('the status counts uses', deadline, async () => {
    const [{ network } = {}] = await project.status(['box']);
    assert.equal(network?.secretsUsed, 2);
  });

  test('the gateway is killed: the next one has the value', deadline, async () => {
    const gateway = (await processesOf(place.home)).find(({ command }) => command.includes(' net /'));
    assert.ok(gateway);
    process.kill(gateway.pid, 'SIGKILL');
    assert.match(await ask(named), /^200 /);
    assert.equal(named.asked.at(-1)?.authorization, `Bearer ${value}`);
  });

  test('nothing but what the user has given it to has the value', deadline, async () => {
    await project.createSnapshot('box', 'whole');
    await finish(await box.exec('/usr/bin/env', { log: true }));
    const wanted = path.join(place.root, 'wanted');
    const holding = async (text: string): Promise<readonly string[]> => {
      await writeFile(wanted, text);
      const { stdout } = await execute('grep', ['-rlzF', '--exclude=wanted', '-f', wanted, place.root]).catch(
        (error: unknown) => ({ stdout: (error as { stdout: string }).stdout }),
      );
      return stdout.split('\n').filter((line) => line !== '');
    };
    const kept = (name: string): boolean => /^home\/secrets\/[0-9a-f]{16}\/values\.json$/.test(name);
    const names = (await holding(value)).map((name) => path.relative(place.root, name));
    assert.deepEqual(
      names.filter((name) => !kept(name)),
      [],
    );
    // What would be found: the memory of the guest has the placeholder.
    const held = await holding(placeholder);
    assert.ok(held.some((name) => name.endsWith('/whole/ram')));
    for (const { pid } of await processesOf(place.home)) {
      for (const file of ['environ', 'cmdline']) {
        const text = await readFile(`/proc/${String(pid)}/${file}`, 'latin1');
        assert.ok(!text.includes(value), `${file} of ${String(pid)}`);
      }
    }
  });

  test('uses are in the log of the network, without the value', deadline, async () => {
    await project.stop();
    const { stdout } = await cli(['log', 'box', '--audit']);
    const uses = stdout
      .split('\n')
      .filter((line) => line.includes('"secret":"TOKEN"'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(uses[0]?.['names'], [host]);
    assert.equal(uses[0]['uses'], 1);
    assert.ok(!stdout.includes(value));
  });

  test('a file that names more hosts later has nothing for them', deadline, async () => {
    const text = await readFile(path.join(place.project, 'Sandboxfile'), 'utf8');
    await place.write(
      text
        .replace('secrets: { TOKEN: "', 'secrets: { TOKEN: ["attacker.example.com", "')
        .replace('" }', '"] }'),
    );
    const changed = await engine.openProject({ root: place.project });
    await assert.rejects(changed.start('box', { idle: true }), (error) => hasCode(error, 'SECRET_HOSTS'));
    assert.equal((await cli(['secret', 'rm', 'TOKEN'])).code, 0);
    await assert.rejects(changed.start('box', { idle: true }), (error) => hasCode(error, 'SECRET_MISSING'));
  });
});
