// Some of Node's own modules are required, not imported: an import reads all that a module exports, and
// parts of these are loaded when they are read. `node:http` has a whole WebSocket, `node:process` its streams.

import { createRequire } from 'node:module';
import type { Plugin } from 'esbuild';

const namespace = 'builtin';
const require = createRequire(import.meta.url);

export const requiredBuiltins: Plugin = {
  name: 'required-builtins',
  setup(build) {
    build.onResolve({ filter: /^node:(crypto|fs|https?|process|util)$/ }, ({ path, kind }) =>
      kind === 'import-statement' ? { path, namespace } : undefined,
    );
    build.onLoad({ filter: /^/, namespace }, ({ path }) => ({ contents: asModule(path) }));
  },
};

/** What nobody imports is left out by the bundler, so it is not read. */
function asModule(builtin: string): string {
  const names = Object.getOwnPropertyNames(require(builtin)).filter((name) => /^[A-Za-z]\w*$/.test(name));
  return [
    `const builtin = require('${builtin}');`,
    'const read = (name) => builtin[name];',
    'export default builtin;',
    ...names.map((name) => `const own_${name} = /* @__PURE__ */ read('${name}');`),
    `export { ${names.map((name) => `own_${name} as ${name}`).join(', ')} };`,
  ].join('\n');
}
