// The client against a server of the same contract on a real socket. What only a guest can show is
// tried with real virtual machines elsewhere.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import * as http2 from 'node:http2';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Code, ConnectError } from '@connectrpc/connect';
import type { ConnectRouter } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import type { Program } from '../api.ts';
import { hasCode } from '../errors/index.ts';
import { connectMachine } from './connect.ts';
import { ProcessService } from './gen/menv/agent/v1/agent_pb.js';
import { Code as FailureCode, FailureSchema } from './gen/menv/failure/v1/failure_pb.js';
import { MachineService } from './gen/menv/machine/v1/machine_pb.js';
import type { Machine } from './machine.ts';

const MIB = 1 << 20;

test('nobody listens: the sandbox does not run', async (t) => {
  const path = await socketPath(t);
  assert.equal(await connectMachine(path, 'app'), undefined);
  await assert.rejects(connectMachine(`${path}${'x'.repeat(120)}`, 'app'), (error) => {
    return hasCode(error, 'SOCKET_PATH_TOO_LONG');
  });
});

test('who listens goes before it has accepted: the sandbox does not run', async (t) => {
  const path = await socketPath(t);
  const server = net.createServer().listen(path);
  await once(server, 'listening');
  const connecting = connectMachine(path, 'app');
  server.close();
  assert.equal(await connecting, undefined);
});

test('a program gives back its input byte for byte and then its status', async (t) => {
  const { machine } = await serve(t);
  const program = await machine.programs.start({ program: 'cat', id: 'one' });
  assert.equal(program.id, 'one');
  const output = collect(program);
  const block = Buffer.alloc(MIB, 'abcdefghijklmno');
  for (let round = 0; round < 8; round++) await program.write(block);
  await program.end();
  const bytes = await output;
  assert.equal(bytes.length, 8 * MIB);
  assert.ok(bytes.subarray(MIB, 2 * MIB).equals(block));
  assert.deepEqual(await program.exit, { code: 7, signal: 0, outOfMemory: false });
  await assert.rejects(program.write(block));
});

test('a failure that native code named comes in the words of the catalogue', async (t) => {
  const { machine } = await serve(t);
  await assert.rejects(machine.programs.start({ program: 'missing' }), (error) => {
    return hasCode(error, 'PROGRAM_NOT_FOUND') && error.subject === 'missing';
  });
});

test('programs whose output nobody reads hold up nobody else', async (t) => {
  const { machine } = await serve(t);
  const flooding = await Promise.all(
    Array.from({ length: 20 }, () => machine.programs.start({ program: 'flood' })),
  );
  const program = await machine.programs.start({ program: 'cat' });
  await program.end();
  await collect(program);
  assert.equal((await program.exit).code, 7);
  for (const flood of flooding) flood.detach();
});

test('detaching ends the stream for both sides, and once only', async (t) => {
  const { machine } = await serve(t);
  const program = await machine.programs.start({ program: 'flood' });
  program.detach();
  program.detach();
  await assert.rejects(program.exit, { name: 'AbortError' });
  await assert.rejects(collect(program), { name: 'AbortError' });
});

test('an aborted start rejects with the reason of its signal', async (t) => {
  const { machine } = await serve(t);
  const abort = new AbortController();
  const starting = machine.programs.start({ program: 'silent' }, abort.signal);
  const reason = new Error('changed my mind');
  abort.abort(reason);
  await assert.rejects(starting, (error) => error === reason);
  await assert.rejects(machine.programs.start({ program: 'cat' }, abort.signal), (error) => error === reason);
});

test('a supervisor that accepts and says nothing is unresponsive after the deadline', async (t) => {
  const path = await socketPath(t);
  const server = net.createServer(() => undefined).listen(path);
  t.after(() => server.close());
  const machine = await connectMachine(path, 'app');
  assert.ok(machine !== undefined);
  await assert.rejects(machine.state(50), (error) => hasCode(error, 'UNRESPONSIVE'));
  machine.close();
});

test('the end of the supervisor ends every call with STOPPED', async (t) => {
  const { machine, kill } = await serve(t);
  const program = await machine.programs.start({ program: 'silent-after-start' });
  const output = collect(program);
  kill();
  await machine.connection.ended;
  await assert.rejects(output, (error) => hasCode(error, 'STOPPED'));
  await assert.rejects(program.exit, (error) => hasCode(error, 'STOPPED'));
  await assert.rejects(machine.state(1000), (error) => hasCode(error, 'STOPPED'));
});

async function collect(program: Program): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const { data } of program.output) chunks.push(data);
  return Buffer.concat(chunks);
}

async function socketPath(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'machine-'));
  t.after(() => rm(folder, { recursive: true }));
  return join(folder, 'sock');
}

async function serve(t: TestContext): Promise<{ machine: Machine; kill: () => void }> {
  // The adapter prints every stream that its client gave up.
  t.mock.method(console, 'error', () => undefined);
  const path = await socketPath(t);
  const sessions = new Set<http2.ServerHttp2Session>();
  const server = http2.createServer(connectNodeAdapter({ routes: services }));
  server.on('session', (session) => sessions.add(session));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  const kill = (): void => {
    for (const session of sessions) session.destroy();
    server.close();
  };
  const machine = await connectMachine(path, 'app');
  assert.ok(machine !== undefined);
  t.after(() => {
    machine.close();
    kill();
  });
  return { machine, kill };
}

function services(router: ConnectRouter): void {
  router.service(MachineService, { getState: () => ({ launch: '{}' }) });
  router.service(ProcessService, {
    async *exec(requests, { signal }) {
      const messages = requests[Symbol.asyncIterator]();
      const first = await messages.next();
      const spec = first.done === true ? undefined : first.value.kind;
      const { program, id } = spec?.case === 'start' ? spec.value : { program: '', id: '' };
      if (program === 'missing') {
        const failure = { code: FailureCode.PROGRAM_NOT_FOUND, subject: program };
        throw new ConnectError('not found', Code.NotFound, undefined, [
          { desc: FailureSchema, value: failure },
        ]);
      }
      if (program === 'silent') await ended(signal);
      yield { kind: { case: 'started', value: { id, pid: 2 } } };
      if (program === 'silent-after-start') await ended(signal);
      while (program === 'flood') yield { kind: { case: 'stdout', value: new Uint8Array(64 << 10) } };
      for (;;) {
        const next = await messages.next();
        if (next.done === true || next.value.kind.case === 'stdinEnd') break;
        if (next.value.kind.case === 'stdin')
          yield { kind: { case: 'stdout', value: next.value.kind.value } };
      }
      yield { kind: { case: 'exited', value: { code: 7 } } };
    },
  });
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => {
      resolve();
    });
  });
}
