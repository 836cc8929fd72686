// Brings dist/ up to date with the sources.

import {
  chmod,
  copyFile,
  link,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { cached } from './cache.ts';
import { run } from './command.ts';
import type { Fingerprint } from './fingerprint.ts';
import { contentKeyOf, fingerprint, fingerprintTree, markOf } from './fingerprint.ts';
import { dist } from './paths.ts';
import type { Step } from './step.ts';

/** How often a step starts over because its inputs changed while it ran. */
const maxAttempts = 5;

/** Step name -> mark of the inputs and outputs as they were after the last build. */
type BuildRecord = Record<string, string>;

export async function bringUpToDate(steps: readonly Step[]): Promise<void> {
  const builder = new Builder(await readRecord());
  // All of them end before the first failure is reported: what was built is not built again.
  const results = await Promise.allSettled(steps.map((step) => builder.build(step)));
  await builder.save();
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}

class Builder {
  readonly #record: BuildRecord;
  readonly #running = new Map<Step, Promise<void>>();
  #changed = false;

  constructor(record: BuildRecord) {
    this.#record = record;
  }

  build(step: Step): Promise<void> {
    const running = this.#running.get(step) ?? this.#build(step);
    this.#running.set(step, running);
    return running;
  }

  async save(): Promise<void> {
    if (this.#changed) await writeAtomically(recordFile, JSON.stringify(this.#record, undefined, 1));
  }

  async #build(step: Step): Promise<void> {
    await Promise.all(step.needs.map((need) => this.build(need)));
    const mark = await markOfStep(step);
    if (mark !== undefined && this.#record[step.name] === mark) return;
    const folder = await builtFolder(step);
    for (const output of step.outputs) {
      await place(path.join(folder, path.basename(output)), path.join(dist, output));
    }
    this.#record[step.name] = (await markOfStep(step)) ?? '';
    this.#changed = true;
  }
}

async function builtFolder(step: Step): Promise<string> {
  for (let attempt = 1; attempt <= maxAttempts; attempt++) {
    const before = await contentKeyOf(await step.inputs());
    let stable = true;
    const folder = await cached(step.name, before, async (target) => {
      console.error(`building ${step.name}`);
      await step.build(target);
      stable = before === (await contentKeyOf(await step.inputs()));
      if (!stable) throw new InputsChanged();
      for (const name of new Set(step.outputs.map((output) => path.basename(output)))) {
        await makeReadOnly(path.join(target, name));
      }
    }).catch((error: unknown) => {
      if (error instanceof InputsChanged) return undefined;
      throw error;
    });
    if (folder !== undefined) return folder;
  }
  throw new Error(`${step.name}: its sources keep changing while it is built`);
}

class InputsChanged extends Error {}

/** Cached files are shared by hard link: nobody may write into them. */
async function makeReadOnly(file: string): Promise<void> {
  const entry = await stat(file);
  if (entry.isDirectory()) {
    for (const name of await readdir(file)) await makeReadOnly(path.join(file, name));
    return;
  }
  await chmod(file, entry.mode & 0o111 ? 0o555 : 0o444);
}

async function markOfStep(step: Step): Promise<string | undefined> {
  try {
    const outputs = step.outputs.map((output) => fingerprintsOf(path.join(dist, output)));
    const files = await Promise.all([step.inputs(), ...outputs]);
    return markOf(files.flat());
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

async function fingerprintsOf(output: string): Promise<readonly Fingerprint[]> {
  return output.endsWith('/') ? fingerprintTree(output, () => true) : [await fingerprint(output)];
}

async function place(source: string, target: string): Promise<void> {
  if (!target.endsWith('/')) return placeFile(source, target);
  const names = await readdir(source);
  for (const name of names) await placeFile(path.join(source, name), path.join(target, name));
  for (const name of await readdir(target)) {
    if (!names.includes(name)) await rm(path.join(target, name), { recursive: true });
  }
}

async function placeFile(source: string, target: string): Promise<void> {
  await mkdir(path.dirname(target), { recursive: true });
  const temporary = `${target}.${process.pid}`;
  await rm(temporary, { force: true });
  try {
    await link(source, temporary).catch(() => copySparse(source, temporary));
    await rename(temporary, target);
  } finally {
    // rename() of two names of one file does nothing and leaves both.
    await rm(temporary, { force: true });
  }
}

/** The cache is on another file system. The empty disk is 64 GiB of hole. */
async function copySparse(source: string, target: string): Promise<void> {
  if (process.platform === 'linux') await run('cp', ['--sparse=always', '--preserve=mode', source, target]);
  else await copyFile(source, target);
}

const recordFile = path.join(dist, '.build.json');

async function readRecord(): Promise<BuildRecord> {
  try {
    const record: unknown = JSON.parse(await readFile(recordFile, 'utf8'));
    return typeof record === 'object' && record !== null ? (record as BuildRecord) : {};
  } catch {
    // Missing or cut short: everything is checked by content once.
    return {};
  }
}

async function writeAtomically(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(`${file}.${process.pid}`, text);
  await rename(`${file}.${process.pid}`, file);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
