import { spawn } from 'node:child_process';
import { fromErrno, SandboxError } from '../errors/index.ts';
import { count, object, objects, text, texts } from './json.ts';
import type { Json } from './json.ts';

/** What `menv doctor` is to look at; as in native/internal/doctor. */
export interface HostQuestion {
  readonly home: string;
  readonly assets: readonly string[];
  readonly qemu: string;
  readonly ports: readonly HostPort[];
  /** Host names. */
  readonly registries: readonly string[];
  readonly hardware: {
    readonly folder: string;
    readonly library: string;
    readonly kernel: string;
    readonly agentDisk: string;
    /** Again, whatever came of it last time. */
    readonly probe: boolean;
  };
  readonly fix: boolean;
}

export interface HostPort {
  readonly address: string;
  readonly port: number;
  readonly udp: boolean;
}

export interface HostFacts {
  readonly missing: readonly string[];
  readonly hypervisor: Access;
  readonly libkrun: ProgramFacts;
  readonly qemu: ProgramFacts;
  /** Bytes; 0 is not known. */
  readonly memory: { readonly total: number; readonly available: number };
  readonly folder: {
    readonly path: string;
    readonly exists: boolean;
    /** Why it cannot be written; empty when it can. */
    readonly reason: string;
    readonly free: number;
    readonly sparse: boolean;
    readonly reflink: boolean;
    /** Why files cannot be locked; empty when they can. */
    readonly lock: string;
  };
  readonly userNamespaces: Access;
  readonly landlock: Access & { readonly abi: number };
  readonly cgroup: Access & { readonly controllers: readonly string[] };
  /** With an empty reason: it can be used. */
  readonly ports: readonly (HostPort & { readonly reason: string })[];
  readonly registries: readonly { readonly host: string; readonly reason: string }[];
  readonly mended: readonly string[];
}

export interface ProgramFacts {
  readonly path: string;
  readonly version: string;
  /** Why it cannot be used; empty when it can. */
  readonly reason: string;
}

export interface Access {
  readonly name: string;
  readonly state: 'usable' | 'absent' | 'denied' | 'broken';
  readonly reason: string;
}

/** Longer than every look of the process together. */
const DEADLINE_MS = 30_000;
const MAX_ANSWER = 1 << 20;

export async function askHost(
  menv: string,
  question: HostQuestion,
  signal?: AbortSignal,
): Promise<HostFacts> {
  signal?.throwIfAborted();
  const child = spawn(menv, ['doctor'], { stdio: ['pipe', 'pipe', 'pipe'], timeout: DEADLINE_MS });
  const abort = (): void => {
    child.kill('SIGTERM');
  };
  signal?.addEventListener('abort', abort, { once: true });
  try {
    let answer = '';
    let stderr = '';
    child.stdin.on('error', () => undefined);
    child.stdin.end(JSON.stringify(question));
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      if ((answer += chunk).length > MAX_ANSWER) child.kill('SIGKILL');
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      stderr = (stderr + chunk).slice(-4096);
    });
    await new Promise<void>((resolve, reject) => {
      child.once('close', resolve);
      child.once('error', (error) => {
        reject(fromErrno(error, menv, 'ASSET_MISSING'));
      });
    });
    if (signal?.aborted === true) throw signal.reason;
    return hostFacts(parse(answer, stderr));
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}

function parse(answer: string, stderr: string): Json {
  try {
    return object(JSON.parse(answer));
  } catch {
    throw new SandboxError('DOCTOR_FAILED', { cause: stderr.trim() });
  }
}

function hostFacts(answer: Json): HostFacts {
  const { memory, folder, confinement } = answer;
  const [amounts, place, shut] = [object(memory), object(folder), object(confinement)];
  return {
    missing: texts(answer['missing']),
    hypervisor: access(answer['hypervisor']),
    libkrun: programFacts(answer['libkrun']),
    qemu: programFacts(answer['qemu']),
    memory: { total: count(amounts['total']), available: count(amounts['available']) },
    folder: {
      path: text(place['path']),
      exists: place['exists'] === true,
      reason: text(place['reason']),
      free: count(place['free']),
      sparse: place['sparse'] === true,
      reflink: place['reflink'] === true,
      lock: text(place['lock']),
    },
    userNamespaces: access(shut['userNamespaces']),
    landlock: { ...access(shut['landlock']), abi: count(shut['landlockAbi']) },
    cgroup: { ...access(shut['cgroup']), controllers: texts(shut['controllers']) },
    ports: objects(answer['ports']).map(({ address, port, udp, reason }) => ({
      address: text(address),
      port: count(port),
      udp: udp === true,
      reason: text(reason),
    })),
    registries: objects(answer['registries']).map(({ host, reason }) => ({
      host: text(host),
      reason: text(reason),
    })),
    mended: texts(answer['mended']),
  };
}

function programFacts(value: unknown): ProgramFacts {
  const { path, version, reason } = object(value);
  return { path: text(path), version: text(version), reason: text(reason) };
}

function access(value: unknown): Access {
  const { name, state, reason } = object(value);
  const known = STATES.find((each) => each === state) ?? 'broken';
  return { name: text(name), state: known, reason: text(reason) };
}

const STATES = ['usable', 'absent', 'denied', 'broken'] as const;
