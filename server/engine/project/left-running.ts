// Sandboxes that run on although the Sandboxfile does not name them any more: it was edited meanwhile.

import { readdir } from 'node:fs/promises';
import { parseSandboxfile } from '../../sandboxfile/index.ts';
import type { Sandbox as Definition } from '../../sandboxfile/index.ts';
import type { SandboxContext } from '../lifecycle/context.ts';

/** Of those that have a disk; `isKnown`: those that can be found otherwise. */
export async function leftRunning(
  disks: string,
  isKnown: (name: string) => boolean,
  contextOf: (definition: Definition) => SandboxContext,
): Promise<readonly SandboxContext[]> {
  const names = (await readdir(disks).catch(() => [])).filter((name) => !isKnown(name));
  const found = await Promise.all(
    names.map(async (name) => {
      const definition = unknown(name);
      const context = definition === undefined ? undefined : contextOf(definition);
      return context !== undefined && (await runs(context)) ? context : undefined;
    }),
  );
  return found.filter((context) => context !== undefined);
}

/** What it was is not said any more. Without an image nothing can be started of it. */
function unknown(name: string): Definition | undefined {
  return parseSandboxfile(JSON.stringify({ sandboxes: { [name]: {} } })).project.sandboxes.get(name);
}

/** What does not answer runs. */
async function runs(context: SandboxContext): Promise<boolean> {
  return context.runs.connect(context).then(
    (machine) => machine !== undefined,
    () => true,
  );
}
