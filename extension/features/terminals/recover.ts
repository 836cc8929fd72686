// After a reload: the editor brings back the terminals that it had time to remember. What else the user has
// asked for is taken up here: starts that were cut off before they had a terminal, and terminals that were
// too young.

import { once } from 'node:events';
import { connect } from 'node:net';
import type { Container } from '../../container.ts';
import { showStart } from '../run/show-start.ts';
import type { FoundRecord, TerminalRecords } from './records.ts';
import { RestoredTerminals } from './restored.ts';

/** What is older than a slow reload was left by a window that did not come back: nothing starts by itself then. */
const RECENT_MS = 120_000;
/** For the editor to bring a terminal back, and for the window before to end. */
const PATIENCE_MS = 10_000;

export async function recoverTerminals(container: Container, records: TerminalRecords): Promise<void> {
  const all = await records.all();
  if (all.length === 0) return;
  const restored = new RestoredTerminals();
  try {
    await container.projects.ready();
    await Promise.all(all.map((record) => recover(container, records, restored, record)));
  } finally {
    restored.dispose();
  }
}

async function recover(
  container: Container,
  records: TerminalRecords,
  restored: RestoredTerminals,
  found: FoundRecord,
): Promise<void> {
  const isHeard = await isHeardOf(found.request.reports);
  // Its terminal may have begun meanwhile, or ended.
  const record = await records.read(found.path);
  if (record === undefined) return;
  const { request, state, ageMs } = record;
  const patienceMs = isHeard ? 0 : PATIENCE_MS;
  const terminal = state && isAlive(state.pid) ? await restored.of(state.pid, patienceMs) : undefined;
  if (terminal !== undefined) {
    container.terminals.adopt(terminal, request);
    records.move(record, container.starts.path);
  } else if (isHeard && state !== undefined) {
    // Another window's. One without a terminal after all that time is nobody's: a window may be kept for a
    // long time after its reload, by a server that has not heard of that.
    return;
  } else if (ageMs < RECENT_MS && canBeReplaced(record)) await replace(container, records, record);
  else if (state === undefined || !isAlive(state.pid)) records.remove(record.path);
}

/** Somebody stays who hears of it: another window of the workspace, or the one before the reload. */
async function isHeardOf(reports: string | undefined): Promise<boolean> {
  if (reports === undefined) return false;
  const socket = connect(reports);
  try {
    await once(socket, 'connect');
    await once(socket.resume(), 'close', { signal: AbortSignal.timeout(PATIENCE_MS) });
    return false;
  } catch (error) {
    return error instanceof Error && error.name === 'AbortError';
  } finally {
    socket.destroy();
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A script is not run a second time, and what was done in a shell is not in another one. */
function canBeReplaced({ state, request: { program } }: FoundRecord): boolean {
  if (state === undefined || program.kind === 'main') return true;
  return program.kind === 'shell' && !state.started;
}

async function replace(
  container: Container,
  records: TerminalRecords,
  { path, request, state }: FoundRecord,
): Promise<void> {
  const file = container.projects.at(request);
  if (file === undefined) return;
  const target = { file, sandbox: request.sandbox };
  // The user was quicker.
  if (container.terminals.has(target, request.program)) {
    records.remove(path);
    return;
  }
  const isUp = (await file.project?.find(request.sandbox)) !== undefined;
  records.remove(path);
  // What has ended since is not begun anew.
  if (state?.started === true && !isUp) return;
  if (!isUp) file.expectStart(request.sandbox);
  container.terminals.reopen(target, request);
  if (!isUp) void showStart(container, target);
}
