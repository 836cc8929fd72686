// Loads and activates the extension as an extension host does, against an editor that answers everything
// with nothing: what is measured is ours alone. usage: load.ts EXTENSION_FOLDER; prints two times in ms.

import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const folder = process.argv[2] ?? '';
const entry = path.join(folder, 'dist/extension/extension.js');

/** Can be called, made, read and iterated, and is itself all that comes of it. */
const anything: unknown = new Proxy(
  function nothing() {
    return undefined;
  },
  {
    get: (_, key) => {
      if (key === Symbol.toPrimitive) return () => '';
      if (key === Symbol.iterator) return () => [][Symbol.iterator]();
      return key === 'then' ? undefined : anything;
    },
    set: () => true,
    apply: () => anything,
    construct: () => anything as object,
  },
);
Object.assign(globalThis, { anything });

registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'vscode' ? { url: 'editor:vscode', shortCircuit: true } : next(specifier, context),
  load: (url, context, next) =>
    url === 'editor:vscode' ? { format: 'module', source: editor(), shortCircuit: true } : next(url, context),
});

/** A module needs its names: all that any part of the extension imports. */
function editor(): string {
  const names = new Set<string>();
  for (const file of eagerFiles()) {
    for (const [, list = ''] of readFileSync(file, 'utf8').matchAll(/import\{([^}]*)\}from"vscode"/g)) {
      for (const name of list.split(',')) names.add(name.split(' as ')[0] ?? name);
    }
  }
  return [...names].map((name) => `export const ${name} = globalThis.anything;`).join('\n');
}

function eagerFiles(found = new Set([entry])): Set<string> {
  for (const file of found) {
    for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(/(?:from|import)"\.\/([^"]+)"/g)) {
      found.add(path.join(path.dirname(file), name));
    }
  }
  return found;
}

// An extension host has these ready.
await Promise.all([import('vscode'), import('node:crypto'), import('node:path')]);
const started = performance.now();
const extension = (await import(pathToFileURL(entry).href)) as { activate(context: object): unknown };
const loaded = performance.now();
extension.activate({
  extensionPath: folder,
  extension: { packageJSON: { version: '0.0.0' } },
  subscriptions: [],
  workspaceState: anything,
});
const activated = performance.now();
console.log(JSON.stringify([loaded - started, activated - loaded]));
process.exit();
