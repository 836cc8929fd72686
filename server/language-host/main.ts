// The language server over standard input and output. What is loaded from here on is kept compiled.

import module from 'node:module';
import path from 'node:path';

const { HOME, XDG_CACHE_HOME } = process.env;
const caches = XDG_CACHE_HOME ?? (HOME === undefined ? undefined : path.join(HOME, '.cache'));
// Not Node's own choice, a folder for all users: what is in it is run. Node 20 keeps nothing.
if (caches !== undefined && 'enableCompileCache' in module) {
  module.enableCompileCache(path.join(caches, 'sandboxfile/compile'));
}
const { listen } = await import('../language/stdio.ts');
listen(async () => {
  const { openLive } = await import('./live.ts');
  return openLive();
});
