// After a reload: the editor brings back the terminals that it had time to remember. What else the user has
// asked for is taken up here: starts that were cut off before they had a terminal, and terminals that were
// too young.

import type { Terminal } from 'vscode';
import type { Container } from '../../container.ts';
import { showStart } from '../run/show-start.ts';
import { isShown } from '../starts/is-shown.ts';
import type { FoundRecord, TerminalRecords } from './records.ts';
import { RestoredTerminals } from './restored.ts';

/** What is older than a slow reload was left by a window that did not come back: nothing starts by itself then. */
const RECENT_MS = 120_000;
/**
 * For another window to say that it is one, and for the editor to bring a terminal back. The window before the reload says
 * nothing: it has ended, or the server has not heard of that and keeps it for minutes, without a page.
 */
const PATIENCE_MS = 15_000;

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
  const deadline = performance.now() + PATIENCE_MS;
  const { reports } = found.request;
  if (reports !== undefined && (await isShown(reports, PATIENCE_MS))) return;
  // Its terminal may have begun meanwhile, or ended.
  const record = await records.read(found.path);
  if (record === undefined) return;
  const { state, ageMs } = record;
  const patienceMs = Math.max(0, deadline - performance.now());
  const terminal = state && isAlive(state.pid) ? await restored.of(state.pid, patienceMs) : undefined;
  if (terminal !== undefined) adopt(container, records, record, terminal);
  else if (ageMs < RECENT_MS && canBeReplaced(record)) await replace(container, records, record);
  else if (state === undefined || !isAlive(state.pid)) records.remove(record.path);
}

/** Of what a sandbox is for there is one terminal: the one that the user has opened meanwhile. */
function adopt(
  { projects, terminals, starts }: Container,
  records: TerminalRecords,
  record: FoundRecord,
  terminal: Terminal,
): void {
  const { path, request } = record;
  const { sandbox, program } = request;
  const file = projects.at(request);
  if (program.kind === 'main' && file !== undefined && terminals.has({ file, sandbox }, program)) {
    records.remove(path);
    terminal.dispose();
    return;
  }
  terminals.adopt(terminal, request);
  records.move(record, starts.path);
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
