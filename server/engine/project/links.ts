import { realpath } from 'node:fs/promises';
import path from 'node:path';
import type { Link } from '../../sandboxfile/index.ts';

/** Those that are somewhere else than they say. What is not there leads nowhere. */
export async function linksAmong(
  paths: readonly string[],
  { root, realRoot }: { readonly root: string; readonly realRoot: string },
): Promise<readonly Link[]> {
  const links = await Promise.all(
    [...new Set(paths)].map(async (each): Promise<readonly Link[]> => {
      const target = await realpath(each).catch(() => undefined);
      // A project that is itself opened through a link leads nowhere by that.
      const relative = path.relative(root, each);
      const isOutside = relative === '..' || relative.startsWith(`..${path.sep}`);
      const said = isOutside ? each : path.join(realRoot, relative);
      return target === undefined || target === said ? [] : [{ path: each, target }];
    }),
  );
  return links.flat();
}
