// The terminals of the workspace's windows, kept in a folder: see server/cli/editor-terminal/record.ts. Written
// before anything of a terminal is seen, since a reload may come at any time.

import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { stateFileOf } from '../../../server/cli/editor-terminal/record.ts';
import type { TerminalState } from '../../../server/cli/editor-terminal/record.ts';
import type { TerminalRequest } from '../../../server/cli/editor-terminal/request.ts';

export interface FoundRecord {
  readonly path: string;
  readonly request: TerminalRequest;
  /** Since the terminal was asked for, or hung up. */
  readonly ageMs: number;
  /** Absent: no terminal has begun, or what had begun was undone when it was hung up. */
  readonly state?: TerminalState;
}

const SUFFIX = '.json';

export class TerminalRecords {
  readonly #folder: string | undefined;

  /** Without a folder nothing is kept. */
  constructor(folder: string | undefined) {
    this.#folder = folder;
  }

  /** The request with its record. */
  add(request: TerminalRequest): TerminalRequest {
    if (this.#folder === undefined) return request;
    const record = path.join(this.#folder, `${randomUUID()}${SUFFIX}`);
    const kept = { ...request, record };
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      write(record, kept);
      return kept;
    } catch {
      // A full disk: what starts says so, and a terminal without a record is better than none.
      return request;
    }
  }

  /** This window hears of the terminal from here on. */
  move({ path: record, request }: FoundRecord, reports: string): void {
    const asked = statSync(record, { throwIfNoEntry: false })?.mtime;
    // Its terminal may have ended just now: nothing is to look as if it had never begun.
    if (asked !== undefined) write(record, { ...request, reports }, asked);
  }

  /** Whoever has the terminal learns that it has lost its place. Whether this was the one that took it away. */
  remove(record: string): boolean {
    try {
      rmSync(record);
    } catch {
      return false;
    }
    rmSync(stateFileOf(record), { force: true });
    return true;
  }

  /** Its terminal only keeps what an ended program has printed. */
  isHeld(record: string): boolean {
    return stateOf(record)?.phase === 'held';
  }

  async all(): Promise<readonly FoundRecord[]> {
    const folder = this.#folder;
    if (folder === undefined) return [];
    const names = await readdir(folder).catch(() => []);
    const files = names.filter((name) => name.endsWith(SUFFIX)).map((name) => path.join(folder, name));
    const found = await Promise.all(files.map((file) => this.read(file)));
    return found.filter((record) => record !== undefined);
  }

  /** Undefined when its terminal has ended. */
  async read(file: string): Promise<FoundRecord | undefined> {
    try {
      const request = JSON.parse(await readFile(file, 'utf8')) as TerminalRequest;
      const ageMs = Date.now() - (await stat(file)).mtimeMs;
      const state = stateOf(file);
      return { path: file, request, ageMs, ...(state === undefined ? {} : { state }) };
    } catch {
      return undefined;
    }
  }
}

function write(file: string, request: TerminalRequest, asked?: Date): void {
  const whole = `${file}.new`;
  writeFileSync(whole, JSON.stringify(request), { mode: 0o600 });
  if (asked !== undefined) utimesSync(whole, asked, asked);
  renameSync(whole, file);
}

function stateOf(record: string): TerminalState | undefined {
  try {
    return JSON.parse(readFileSync(stateFileOf(record), 'utf8')) as TerminalState;
  } catch {
    return undefined;
  }
}
