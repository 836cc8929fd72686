// A file of 48,000 lines, in each way that people write it, and everything that an editor asks about it:
// how long the server is deaf to all else.

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { positionAt } from '../../support/language-client.ts';
import { Session } from './latency.ts';
import { startProbed } from './servers.ts';
import { longestStall } from './stall.ts';
import { anchored, inBraces, sandboxfileOf, wide } from './text.ts';

export const HUGE_LINES = 48_000;
const ROUNDS = 3;
/** Together they have as many lines. */
const MODULES = 300;

/** The longest stall of each round, in ms, by what was done. */
export type Stalls = Map<string, number[]>;

export async function hugeStalls(folder: string): Promise<Stalls> {
  const stalls: Stalls = new Map();
  const text = sandboxfileOf(HUGE_LINES);
  await editing(stalls, folder, 'a file', text, [...REQUESTS, 'formatting']);
  for (const [name, write] of Object.entries({
    'an anchor': anchored,
    braces: inBraces,
    'wide indents': wide,
  })) {
    await editing(stalls, folder, `a file with ${name}`, write(text), ['formatting']);
  }
  await importing(stalls, folder);
  return stalls;
}

const REQUESTS = [
  'documentSymbol',
  'semanticTokens/full',
  'foldingRange',
  'documentLink',
  'codeLens',
  'inlayHint',
  'codeAction',
];
const AT_A_NAME = ['completion', 'hover', 'definition', 'references', 'rename'] as const;

async function editing(
  stalls: Stalls,
  folder: string,
  name: string,
  text: string,
  requests: readonly string[],
): Promise<void> {
  const start = { folder, trusted: false, text, name };
  await opened(stalls, start, async (session, measure) => {
    const { client, uri } = session.peer;
    const range = { start: { line: 0, character: 0 }, end: positionAt(text, text.length) };
    const options = { tabSize: 2, insertSpaces: true };
    const params = { textDocument: { uri }, range, options, context: { diagnostics: [] } };
    await measure(`typing in ${name}`, () => session.typeAndWait());
    for (const request of requests) {
      await measure(`${request} of ${name}`, () => client.request(`textDocument/${request}`, params));
    }
    for (const request of AT_A_NAME) await measure(`${request} in ${name}`, () => session.ask(request));
  });
}

/** A project in many files, one of which is typed in. */
async function importing(stalls: Stalls, folder: string): Promise<void> {
  const root = path.join(folder, 'modules');
  await mkdir(root);
  const module = sandboxfileOf(HUGE_LINES / MODULES);
  const imports: string[] = [];
  for (let index = 0; index < MODULES; index++) {
    imports.push(`  ./${index}.yaml:\n    service1:\n      as: of${index}\n`);
    await writeFile(path.join(root, `${index}.yaml`), module);
  }
  const text = `modules:\n${imports.join('')}${module}`;
  const start = { folder: root, trusted: true, text, name: 'many modules' };
  await opened(stalls, start, async (session, measure) => {
    await measure('typing above many modules', () => session.typeAndWait());
    await measure('rename in many modules', () => session.ask('rename'));
    await measure('symbols of many modules', () =>
      session.peer.client.request('workspace/symbol', { query: 'serv' }),
    );
  });
}

interface Opening {
  readonly folder: string;
  readonly trusted: boolean;
  readonly text: string;
  readonly name: string;
}

type Measure = (what: string, work: () => Promise<unknown>) => Promise<void>;

/** Opens it in a server of its own each round; the last one goes on. */
async function opened(
  stalls: Stalls,
  { folder, trusted, text, name }: Opening,
  then: (session: Session, measure: Measure) => Promise<void>,
): Promise<void> {
  const openings: number[] = [];
  stalls.set(`opening ${name}`, openings);
  for (let round = 1; round <= ROUNDS; round++) {
    const peer = await startProbed(folder, trusted);
    await using client = peer.client;
    const { ms, value: session } = await longestStall(client, () => Session.open(peer, text));
    openings.push(ms);
    if (round < ROUNDS) continue;
    await then(session, async (what, work) => {
      const rounds: number[] = [];
      while (rounds.length < ROUNDS) rounds.push((await longestStall(client, work)).ms);
      stalls.set(what, rounds);
    });
  }
}
