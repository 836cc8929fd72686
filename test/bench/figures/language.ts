// The language server against yaml-language-server with an equal schema: both over their pipes, one
// round of the one, one round of the other.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { residentBytes } from '../../support/processes.ts';
import { absolute, compared } from '../figure.ts';
import type { Figure } from '../figure.ts';
import { HUGE_LINES, hugeStalls } from '../language/huge.ts';
import { NAME_FEATURES, Session } from '../language/latency.ts';
import { startOurs, startYaml } from '../language/servers.ts';
import type { Peer } from '../language/servers.ts';
import { sandboxfileOf } from '../language/text.ts';

interface Size {
  readonly lines: number;
  readonly rounds: number;
  /** Limits of the ratios. */
  readonly diagnostics: number;
  readonly completion: number;
}

const sizes: readonly Size[] = [
  { lines: 800, rounds: 40, diagnostics: 0.5, completion: 0.3 },
  { lines: 5000, rounds: 40, diagnostics: 0.3, completion: 0.08 },
  { lines: 8000, rounds: 40, diagnostics: 0.3, completion: 0.08 },
];
const WARM_UP = 5;
const starts = 16;
const mebibyte = 2 ** 20;
const atMost = (limit: number) => ({ limit, direction: 'at most' }) as const;

export async function language(): Promise<readonly Figure[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'language-'));
  try {
    const figures = [...(await startFigures(folder))];
    for (const size of sizes) figures.push(...(await latencyFigures(folder, size)));
    return [...figures, ...(await hugeFigures(folder))];
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function startFigures(folder: string): Promise<readonly Figure[]> {
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let round = 0; round < starts; round++) {
    theirs.push(await startTime(() => startYaml(folder)));
    ours.push(await startTime(() => startOurs(folder)));
  }
  return [compared('language: start', 'ms', 'p50', ours, theirs, atMost(0.3))];
}

async function startTime(start: () => Promise<Peer>): Promise<number> {
  const started = performance.now();
  const { client } = await start();
  const took = performance.now() - started;
  await client[Symbol.asyncDispose]();
  return took;
}

async function latencyFigures(folder: string, size: Size): Promise<readonly Figure[]> {
  const text = sandboxfileOf(size.lines);
  await using clients = new AsyncDisposableStack();
  const open = async (peer: Peer): Promise<Session> => {
    clients.use(peer.client);
    return Session.open(peer, text);
  };
  const theirs = await open(await startYaml(folder));
  const ours = await open(await startOurs(folder));
  // Compilers of both have seen the work a few times.
  for (let round = 0; round < WARM_UP; round++) {
    await theirs.round();
    await ours.round();
    await ours.nameRound();
  }
  for (const session of [theirs, ours]) session.forget();
  for (let round = 0; round < size.rounds; round++) {
    await theirs.round();
    await ours.round();
    await ours.nameRound();
  }
  const [mine, peer] = [ours.latencies, theirs.latencies];
  const name = (what: string): string => `language ${size.lines}: ${what}`;
  return [
    compared(name('diagnostics'), 'ms', 'p50', mine.diagnostics, peer.diagnostics, atMost(size.diagnostics)),
    compared(name('completion'), 'ms', 'p95', mine.completion, peer.completion, atMost(size.completion)),
    ...NAME_FEATURES.map((feature) =>
      compared(name(feature), 'ms', 'p95', mine[feature], mine.completion, atMost(1)),
    ),
  ];
}

async function hugeFigures(folder: string): Promise<readonly Figure[]> {
  const text = sandboxfileOf(HUGE_LINES);
  const memory = async (peer: Peer): Promise<number> => {
    await using client = peer.client;
    const session = await Session.open(peer, text);
    for (let round = 0; round < 3; round++) await session.round();
    return (await residentBytes(client.pid)) / mebibyte;
  };
  const theirs = await memory(await startYaml(folder));
  const ours = await memory(await startOurs(folder));
  const stalls = await hugeStalls(folder);
  return [
    compared(`language ${HUGE_LINES}: memory`, 'MiB', 'p50', [ours], [theirs], atMost(0.7)),
    ...[...stalls].map(([what, ms]) => absolute(`stall: ${what}`, 'ms', ms, atMost(50))),
  ];
}
