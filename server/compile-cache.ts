import module from 'node:module';
import path from 'node:path';

/** What is loaded after this call is read as it was compiled the last time. */
export function keepCompiled(): void {
  const { HOME, MENV_HOME = '', XDG_CACHE_HOME } = process.env;
  // Who has a place of their own for our files wants none in the user's.
  const own = HOME === undefined || MENV_HOME !== '' ? undefined : path.join(HOME, '.cache');
  const caches = XDG_CACHE_HOME ?? own;
  // Not Node's own choice, a folder for all users: what is in it is run. Node 20 keeps nothing.
  if (caches === undefined || !('enableCompileCache' in module)) return;
  module.enableCompileCache(path.join(caches, 'sandboxfile/compile'));
}
