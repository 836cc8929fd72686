// What `msb status` prints, read as a script would.

import assert from 'node:assert/strict';
import { msb } from './msb.ts';
import type { Place } from './place.ts';

export interface StatusRow {
  readonly state: string;
  readonly supervisor?: number;
  readonly vmm?: number;
}

export async function statusOf(place: Place, sandbox: string): Promise<StatusRow> {
  const { code, stdout, stderr } = await msb(['status', sandbox], { cwd: place.project });
  assert.equal(code, 0, stderr);
  const fields = stdout
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .find(([name]) => name === sandbox);
  const [, state, pids] = fields ?? [];
  if (state === undefined) throw new Error(`no row for ${sandbox}: ${stdout}`);
  const [supervisor, vmm] = (pids ?? '').split('/').map(Number);
  if (supervisor === undefined || Number.isNaN(supervisor)) return { state };
  return vmm === undefined || Number.isNaN(vmm) ? { state, supervisor } : { state, supervisor, vmm };
}
