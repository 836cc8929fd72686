// Images by way of Debian's docker-registry: private, over TLS, put there by skopeo and umoci.

import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { after, afterEach, before, beforeEach, suite, test } from 'node:test';
import xterm from '@xterm/headless';
import { Gate } from '../support/gate.ts';
import { makeLayeredImage } from '../support/layered-image.ts';
import type { LayeredImage } from '../support/layered-image.ts';
import { msb, msbProgram, resultOf, startMsb, waitForText } from '../support/msb.ts';
import type { MsbProcess, MsbResult } from '../support/msb.ts';
import { Place } from '../support/place.ts';
import { processesOf } from '../support/processes.ts';
import { Registry, user } from '../support/registry.ts';
import { makeTemplate } from '../support/templates.ts';
import { Terminal } from '../support/terminal.ts';
import { pidOf } from '../support/victims.ts';

const mb = 1024 ** 2;
const noiseBytes = 4 * mb;
const deadline = { timeout: 240_000 };
const gateDeadline = { timeout: 300_000 };

suite('a registry', () => {
  let place: Place;
  let registry: Registry;
  let gate: Gate;
  let image: LayeredImage;
  const made = new AsyncDisposableStack();
  let digest: string;

  const run = (...args: readonly string[]): Promise<MsbResult> => msb(args, { cwd: place.project });
  const login = (host: string, password: string): Promise<MsbResult> =>
    msb(['login', host, '-u', user.name, '--password-stdin'], { cwd: place.project, input: `${password}\n` });
  /** Blobs that were asked for since the last look, one entry a request. */
  const fetched = (): readonly string[] =>
    registry.takeRequests().filter((request) => /^GET \S+\/blobs\//.test(request));
  const forgetImages = (): Promise<void> =>
    rm(path.join(place.home, 'images'), { recursive: true, force: true });

  before(async () => {
    place = made.use(await Place.create());
    // One that is made in the background would be ended with the first test's processes.
    await makeTemplate(place.home, 128);
    registry = made.use(await Registry.start(path.join(place.root, 'registry')));
    process.env['SSL_CERT_FILE'] = registry.authority;
    gate = made.use(await Gate.to(registry.port));
    image = await makeLayeredImage(path.join(place.root, 'image'), noiseBytes);
    await registry.put(image.source, 'team/app:v1');
    digest = (await registry.inspect('team/app:v1')).Digest;
    await place.write(`sandboxes:
  app:
    image: ${registry.host}/team/app:v1
    memory: 128
    scope: none
  own:
    image: ${registry.host}/team/app:v1
    memory: 128
    scope: none
    envs: [GREETING=good morning]
    workdir: /tmp
    command: [/srv/greet, everybody]
`);
  });

  afterEach(() => place.endProcesses());

  after(() => made.disposeAsync());

  test('a private image needs a login, and the message says which', deadline, async () => {
    const reference = `${registry.host}/team/app:v1`;
    const refused = await run('pull', reference);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, new RegExp(`^Error: ${registry.host} wants a login`, 'm'));
    assert.match(refused.stderr, new RegExp(`^Hint: log in with \`msb login ${registry.host}\``, 'm'));

    const wrong = await login(registry.host, 'wrong');
    assert.deepEqual([wrong.code, wrong.stdout], [1, '']);
    assert.match(wrong.stderr, /user name or password is wrong/);
    assert.equal((await run('pull', reference)).code, 1);

    const right = await login(registry.host, user.password);
    assert.deepEqual([right.code, right.stdout], [0, `Logged in to ${registry.host}\n`], right.stderr);
    assert.equal((await stat(path.join(place.home, 'auth.json'))).mode & 0o777, 0o600);

    const unknown = await run('pull', `${registry.host}/team/app:nope`);
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, new RegExp(`no such image: ${registry.host}/team/app:nope`));
    const invalid = await run('pull', `${registry.host}/Team/app`);
    assert.equal(invalid.code, 2);
    assert.match(invalid.stderr, /^Error: failed to parse OCI reference: invalid reference format$/m);
  });

  test('login asks on a terminal and shows no password', deadline, async () => {
    const options = { cwd: place.project, cols: 80, rows: 24 };
    {
      using terminal = new Terminal(msbProgram, ['login', registry.host], options);
      await terminal.waitFor(/User name: /);
      terminal.write(`${user.name}\r`);
      await terminal.waitFor(/Password: /);
      terminal.write(`wrong\x15${user.password}\r`);
      assert.equal((await terminal.ended).code, 0, terminal.seen);
      assert.match(terminal.seen, new RegExp(`Logged in to ${registry.host}`));
      assert.ok(!terminal.seen.includes(user.password) && !terminal.seen.includes('wrong'));
    }
    using cancelled = new Terminal(msbProgram, ['login', registry.host, '-u', user.name], options);
    await cancelled.waitFor(/Password: /);
    cancelled.write('\x03');
    assert.equal((await cancelled.ended).code, 130);
    const files = await readdir(place.home);
    assert.equal((await run('logout', registry.host)).stdout, `Logged out of ${registry.host}\n`);
    assert.equal((await run('logout', registry.host)).stdout, `Not logged in to ${registry.host}\n`);
    assert.ok(files.includes('auth.json'));
    assert.equal((await login(registry.host, user.password)).code, 0);
  });

  test('a run fetches what is missing and merges what the image says', deadline, async () => {
    registry.takeRequests();
    const first = await run('run', 'app');
    assert.deepEqual([first.code, first.stdout], [0, image.says], first.stderr);
    assert.match(first.stderr, /^Start sandbox 'app': done in .*download image [\d.]+ s/m);
    assert.equal(first.stderr.match(/^Start sandbox 'app': layer [0-9a-f]{12} .* done$/gm)?.length, 3);
    // Three layers and the configuration.
    assert.equal(fetched().length, 4);

    const second = await run('run', 'own');
    assert.deepEqual(
      [second.code, second.stdout],
      [0, 'good morning, everybody, from /tmp\n'],
      second.stderr,
    );
    assert.deepEqual(registry.takeRequests(), []);
  });

  test('a second pull asks once whether the tag has moved', deadline, async () => {
    const { code, stdout, stderr } = await run('pull', `${registry.host}/team/app:v1`);
    assert.deepEqual([code, stdout], [0, `${registry.host}/team/app:v1 ${digest}\n`], stderr);
    const requests = registry.takeRequests().filter((request) => !request.startsWith('GET /v2/ '));
    assert.deepEqual(requests, ['HEAD /v2/team/app/manifests/v1 200']);
  });

  test('without a network: runs by tag without a process for the image, pull warns', deadline, async () => {
    await registry.stop();
    try {
      // A record that is younger than two seconds proves nothing yet: then a process is asked.
      let asked = true;
      for (const end = performance.now() + 60_000; asked && performance.now() < end;) {
        const { code, stdout, stderr } = await run('--trace', 'run', 'app', '--', 'you');
        assert.deepEqual([code, stdout], [0, 'hello, you, from /srv\n'], stderr);
        asked = stderr.includes(' image {');
      }
      assert.ok(!asked, 'a process was asked for an image that is known');
      const pull = await run('pull', `${registry.host}/team/app:v1`);
      assert.deepEqual([pull.code, pull.stdout], [0, `${registry.host}/team/app:v1 ${digest}\n`]);
      assert.match(pull.stderr, /^Warning: registry cannot be reached/m);
      const missing = await run('pull', `${registry.host}/team/app:v2`);
      assert.equal(missing.code, 1);
      assert.match(missing.stderr, /^Error: registry cannot be reached/m);
    } finally {
      await registry.start('storage');
    }
  });

  test('what was pulled can be pushed to a registry that has nothing', deadline, async () => {
    const before = await registry.inspect('team/app:v1');
    await registry.stop();
    await registry.start('empty');
    try {
      const pushed = await run('push', `${registry.host}/team/app:v1`);
      assert.deepEqual(
        [pushed.code, pushed.stdout],
        [0, `${registry.host}/team/app:v1 ${digest}\n`],
        pushed.stderr,
      );
      assert.deepEqual(await registry.inspect('team/app:v1'), before);
    } finally {
      await registry.stop();
      await registry.start('storage');
    }
  });

  test('tree, inspect, ls, save, rm and load of an image with layers', deadline, async () => {
    const tree = await run('tree', 'app');
    const lines = tree.stdout.split('\n');
    assert.equal(lines[0], 'app');
    assert.equal(lines[1], `└── ${registry.host}/team/app:v1`);
    assert.equal(lines.filter((line) => /^ {4}├── sha256:[0-9a-f]{10}… [\d.]+ [KM]?B$/.test(line)).length, 3);
    assert.match(tree.stdout, /^ {4}└── rw [\d.]+ [KM]B$/m);
    const [inspected] = JSON.parse((await run('image', 'inspect', digest)).stdout) as { digest: string }[];
    assert.equal(inspected?.digest, digest);
    assert.equal((await run('image', 'ls', '-q')).stdout, `${digest}\n`);
    const archive = path.join(place.root, 'app.tar');
    const saved = await run('save', `${registry.host}/team/app:v1`, '-o', archive, '--format', 'oci-archive');
    assert.deepEqual([saved.code, saved.stdout], [0, ''], saved.stderr);
    const removed = await run('image', 'rm', digest.slice('sha256:'.length, 20));
    assert.match(removed.stdout, new RegExp(`^Untagged: ${registry.host}/team/app:v1\nDeleted: ${digest}\n`));
    assert.equal((await run('image', 'ls', '-q')).stdout, '');

    const piped = startMsb(['load', '-'], { cwd: place.project });
    const ended = resultOf(piped);
    await pipeline(createReadStream(archive), piped.stdin);
    assert.equal((await ended).stdout, `Loaded: ${registry.host}/team/app:v1\n`, (await ended).stderr);
    assert.equal((await run('image', 'ls', '-q')).stdout, `${digest}\n`);
    assert.equal((await run('image', 'rm', digest)).code, 0);
    const gone = await run('image', 'rm', digest);
    assert.deepEqual([gone.code, gone.stdout], [1, '']);
  });

  test('an image can be kept on another disk, and is one of the store all the same', deadline, async () => {
    const reference = `${registry.host}/team/app:v1`;
    const disk = path.join(place.root, 'disk');
    const pulled = await run('pull', '-L', disk, reference);
    assert.deepEqual([pulled.code, pulled.stdout], [0, `${reference} ${digest}\n`], pulled.stderr);
    assert.doesNotMatch(pulled.stderr, /Warning/);
    const folder = digest.replace(':', '-');
    assert.ok((await readdir(path.join(disk, folder))).includes('root.erofs'));
    assert.equal((await run('image', 'ls', '-q')).stdout, `${digest}\n`);
    const elsewhere = await run('pull', '-L', place.project, reference);
    assert.equal(elsewhere.code, 0);
    assert.match(elsewhere.stderr, /^Warning: .* is on this machine already and stays in .*\/disk\//m);
    assert.equal((await run('image', 'rm', reference)).code, 0);
    assert.deepEqual(await readdir(disk), []);
  });

  suite('through a gate', () => {
    let reference: string;

    before(async () => {
      reference = `${gate.host}/team/app:v1`;
      assert.equal((await login(gate.host, user.password)).code, 0);
    });

    beforeEach(async () => {
      gate.open();
      await forgetImages();
      registry.takeRequests();
    });

    /** Started, and standing still after so many bytes. */
    async function held(bytes: number): Promise<MsbProcess> {
      gate.closeAfter(bytes);
      const child = startMsb(['--trace', 'pull', reference], { cwd: place.project });
      await waitForText(child.stderr, '"stage":"resolving"');
      await gate.isClosed();
      return child;
    }

    test('of two pulls at once each blob comes once', gateDeadline, async () => {
      const first = await held(mb);
      const second = startMsb(['--trace', 'pull', reference], { cwd: place.project });
      await waitForText(second.stderr, '"stage":"resolving"');
      const results = Promise.all([resultOf(first), resultOf(second)]);
      gate.open();
      for (const { code, stdout, stderr } of await results) {
        assert.deepEqual([code, stdout], [0, `${reference} ${digest}\n`], stderr);
      }
      const blobs = fetched();
      assert.equal(blobs.length, new Set(blobs).size, blobs.join('\n'));
      assert.equal(blobs.length, 4);
      assert.deepEqual(await place.leftovers(), []);
    });

    for (const [step, bytes] of [
      ['resolving', 0],
      ['downloading', mb],
      ['the last layer', noiseBytes],
    ] as const) {
      for (const victim of ['msb', 'image'] as const) {
        test(`kill -9 of ${victim} at ${step}`, gateDeadline, async () => {
          const child = await held(bytes);
          const ended = resultOf(child);
          const pid = victim === 'msb' ? child.pid : await pidOf(place, 'image');
          assert.ok(pid !== undefined);
          process.kill(pid, 'SIGKILL');
          const { code } = await ended;
          assert.equal(code, victim === 'msb' ? null : 1);
          // What kill -9 has left without a parent ends by itself.
          assert.deepEqual(await place.running(), []);
          assert.equal((await run('image', 'ls', '-q')).stdout, '');
          gate.open();
          const again = await run('pull', reference);
          assert.deepEqual([again.code, again.stdout], [0, `${reference} ${digest}\n`], again.stderr);
          assert.deepEqual(await place.leftovers(), []);
        });
      }
    }

    test('a password is on no command line and in no environment', gateDeadline, async () => {
      gate.closeAfter(0);
      const asked = login(gate.host, user.password);
      await gate.isClosed();
      const processes = await processesOf(place.home);
      assert.ok(processes.some(({ command }) => command.includes(' image login ')));
      for (const { pid, command } of processes) {
        const environment = await readFile(`/proc/${String(pid)}/environ`, 'latin1');
        assert.ok(![command, environment].some((text) => text.includes(user.password)), command);
      }
      gate.open();
      assert.equal((await asked).code, 0);
    });

    test('Ctrl+C ends a pull that stands still; the next one goes on', gateDeadline, async () => {
      const child = await held(mb);
      const ended = resultOf(child);
      child.kill('SIGINT');
      const { code, stderr } = await ended;
      assert.equal(code, 130);
      assert.doesNotMatch(stderr, /Error/);
      assert.deepEqual(await place.leftovers(), []);
      gate.open();
      assert.equal((await run('pull', reference)).code, 0);
    });

    test('a terminal shows a bar for each layer and keeps one line', gateDeadline, async () => {
      const [cols, rows] = [80, 24];
      gate.closeAfter(3 * mb);
      using terminal = new Terminal(msbProgram, ['pull', reference], { cwd: place.project, cols, rows });
      await gate.isClosed();
      await terminal.waitFor(/Downloading \[=+>/);
      // A moment later the screen shows where everything stands.
      const seen = terminal.seen.length;
      await terminal.waitFor(/Pull image/, seen);
      const bars = await screenOf(terminal.seen, cols, rows);
      assert.ok(bars.length === 4, bars.join('\n'));
      assert.ok(bars.every((line) => line.length < cols));
      assert.ok(
        bars.some((line) => /^[0-9a-f]{12} {2}Downloading \[=+> *\] [\d.]+ [KM]B\/[\d.]+ MB$/.test(line)),
      );
      assert.match(bars[3] ?? '', new RegExp(`^\\S Pull image '${reference}': (download|import) image`));
      gate.open();
      assert.equal((await terminal.ended).code, 0);
      const [done, result, ...more] = await screenOf(terminal.seen, cols, rows);
      assert.match(done ?? '', new RegExp(`^✓ Pull image '${reference}': done in [\\d.]+ s`));
      assert.ok([result, ...more].join('').endsWith(`${reference} ${digest}`), more.join('\n'));
    });
  });
});

/** The lines that a terminal of that size shows after all this output. */
async function screenOf(output: string, cols: number, rows: number): Promise<readonly string[]> {
  const terminal = new xterm.Terminal({ cols, rows, allowProposedApi: true });
  await new Promise<void>((resolve) => {
    terminal.write(output, resolve);
  });
  const { active } = terminal.buffer;
  const lines = Array.from(
    { length: active.length },
    (_, at) => active.getLine(at)?.translateToString(true) ?? '',
  );
  return lines.filter((line) => line !== '');
}
