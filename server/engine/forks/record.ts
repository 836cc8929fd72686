// What is kept of a fork: how it is defined, whatever the Sandboxfile says by now, and where it comes from.

import { join, relative } from 'node:path';
import { parseSandboxfile, restateSandbox } from '../../sandboxfile/index.ts';
import type { Restated, Sandbox as Definition } from '../../sandboxfile/index.ts';
import type { Fork } from '../api.ts';

/** Paths are kept relative to the project, which may be moved. */
export function encodeFork(
  root: string,
  fork: Omit<Fork, 'definition'>,
  parent: Definition,
  restated: Restated,
): string {
  const { origin } = parent;
  return `${JSON.stringify({
    parent: fork.parent,
    snapshot: fork.snapshot,
    at: fork.at.toISOString(),
    folder: relative(root, origin.folder),
    file: origin.file,
    sandboxfile: restateSandbox(parent, restated),
  })}\n`;
}

/** Undefined for what is not a record: the folder comes with the project, which may be a stranger's. */
export function decodeFork(root: string, name: string, text: string): Fork | undefined {
  const kept = parse(text);
  if (kept === undefined) return undefined;
  const { parent, snapshot, at, folder, file, sandboxfile } = kept;
  const { project } = parseSandboxfile(sandboxfile, { file, folder: join(root, folder) });
  const definition = project.sandboxes.get(name);
  if (definition === undefined || Number.isNaN(Date.parse(at))) return undefined;
  return {
    name,
    parent,
    ...(snapshot === undefined ? {} : { snapshot }),
    at: new Date(at),
    definition,
  };
}

interface Kept {
  readonly parent: string;
  readonly snapshot?: string;
  readonly at: string;
  readonly folder: string;
  readonly file: string;
  readonly sandboxfile: string;
}

function parse(text: string): Kept | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isKept(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isKept(value: unknown): value is Kept {
  if (typeof value !== 'object' || value === null) return false;
  const texts = ['parent', 'at', 'folder', 'file', 'sandboxfile'];
  const snapshot: unknown = Reflect.get(value, 'snapshot');
  return (
    texts.every((key) => typeof Reflect.get(value, key) === 'string') &&
    (snapshot === undefined || typeof snapshot === 'string')
  );
}
