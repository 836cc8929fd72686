// What is made from other files and committed: Go and TypeScript from native/proto, the
// language's reference and JSON schema, the notices, and the editor's texts.

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { editorTexts, editorTextsFile } from '../docs/editor-texts.ts';
import { referenceFile, schemaFile, writeDocs } from '../docs/write.ts';
import { run } from './command.ts';
import { findGo } from './go.ts';
import { notices } from './notices.ts';
import { root } from './paths.ts';

/** Belong to the generator: everything in them is replaced. */
export const generatedFolders = ['native/gen', 'server/engine/machine/gen'];
const noticesFile = 'THIRD_PARTY_NOTICES.md';
export const generatedFiles = [noticesFile, schemaFile, referenceFile, editorTextsFile];

/** `into` takes the place of the project's root. */
export async function generate(into: string): Promise<void> {
  const bin = path.join(root, 'node_modules/.bin');
  const environment = (await findGo()).environment();
  const env = { ...environment, PATH: `${bin}${path.delimiter}${environment['PATH'] ?? ''}` };
  await run(path.join(bin, 'buf'), ['generate', '--output', into], { cwd: root, env });
  await writeDocs(into);
  await writeFile(path.join(into, noticesFile), await notices());
  await mkdir(path.dirname(path.join(into, editorTextsFile)), { recursive: true });
  await writeFile(path.join(into, editorTextsFile), await editorTexts());
}
