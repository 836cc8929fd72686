import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createEngine } from '../../server/engine/index.ts';

/** Why no guest runs on this host's hardware, as a probe finds it; undefined where one does. */
export async function whyNoHardware(): Promise<string | undefined> {
  const home = await mkdtemp(path.join(tmpdir(), 'probe-'));
  const engine = createEngine({ home });
  try {
    const { findings } = await engine.doctor({ probe: true });
    const wanting = findings.find(
      ({ id, state }) => (id === 'hypervisor' || id === 'libkrun') && state !== 'good',
    );
    return wanting === undefined ? undefined : `${wanting.title}: ${wanting.found}`;
  } finally {
    await engine.close();
    await rm(home, { recursive: true });
  }
}
