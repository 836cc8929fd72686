import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { root } from '../build/paths.ts';
import { jsonSchema } from './json-schema.ts';
import { reference } from './reference.ts';

export const schemaFile = 'schemas/sandboxfile.schema.json';
export const referenceFile = 'docs/sandboxfile.md';

/** Writes what describes the language and is made from its schema. `into`: the project's root or another. */
export async function writeDocs(into: string): Promise<void> {
  await write(into, schemaFile, JSON.stringify(jsonSchema()));
  await write(into, referenceFile, await reference());
}

async function write(into: string, file: string, text: string): Promise<void> {
  const target = path.join(into, file);
  const options = await resolveConfig(path.join(root, file));
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(target, await format(text, { ...options, filepath: target }));
}
