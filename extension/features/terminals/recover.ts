// After a reload: the editor brings back the terminals that it had time to remember. What else the user has
// asked for is taken up here: starts that were cut off before they had a terminal, and terminals that were
// too young.

import { window } from 'vscode';
import type { Terminal } from 'vscode';
import type { Container } from '../../container.ts';
import { showStart } from '../run/show-start.ts';
import type { Target } from '../run/target.ts';
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
  container.context.subscriptions.push(restored);
  await container.projects.ready();
  await Promise.all(all.map((record) => recover(container, records, restored, record)));
}

async function recover(
  container: Container,
  records: TerminalRecords,
  restored: RestoredTerminals,
  found: FoundRecord,
): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  const { reports } = found.request;
  const others = reports === undefined ? Promise.resolve(false) : isShown(reports, PATIENCE_MS);
  // What the editor has brought back into this window is no other window's, so nobody is asked first: until it is adopted
  // the user may open another one beside it.
  if (await isBroughtBack(container, records, restored, found, deadline)) return;
  if (await others) return;
  // Its terminal may have begun meanwhile, or ended, or be taken over by another window.
  const begun = await records.read(found.path);
  if (begun === undefined || begun.request.reports !== reports) return;
  if (await isBroughtBack(container, records, restored, begun, deadline)) return;
  const record = await records.read(found.path);
  if (record === undefined || record.request.reports !== reports) return;
  if (record.ageMs < RECENT_MS && canBeReplaced(record)) await replace(container, records, record);
  else if (record.state === undefined || !isAlive(record.state.pid)) records.remove(record.path);
}

/** Adopts it then. One that only keeps what was printed has nothing else to come from: the editor may take its time. */
async function isBroughtBack(
  container: Container,
  records: TerminalRecords,
  restored: RestoredTerminals,
  { path, state }: FoundRecord,
  deadline: number,
): Promise<boolean> {
  if (state === undefined || !isAlive(state.pid)) return false;
  const patienceMs = state.phase === 'held' ? undefined : Math.max(0, deadline - performance.now());
  const terminal = await restored.of(state.pid, patienceMs);
  if (terminal === undefined) return false;
  const record = await records.read(path);
  if (record?.state?.pid === state.pid) adopt(container, records, record, terminal);
  return true;
}

/** Of what a sandbox is for there is one terminal: the one that the user has opened meanwhile. */
function adopt(
  { projects, terminals, starts }: Container,
  records: TerminalRecords,
  record: FoundRecord,
  terminal: Terminal,
): void {
  const { path, request, ageMs } = record;
  const { sandbox, program } = request;
  const file = projects.at(request);
  if (program.kind === 'main' && file !== undefined && terminals.has({ file, sandbox }, program)) {
    records.remove(path);
    terminal.dispose();
    return;
  }
  terminals.adopt(terminal, request);
  records.move(record, starts.path);
  // The editor writes down late that its terminals are in view, and hides them when the last one makes room for the next.
  if (ageMs < RECENT_MS) (window.activeTerminal ?? terminal).show(true);
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
  if (state === undefined) return true;
  if (state.phase === 'held') return false;
  return program.kind === 'main' || (program.kind === 'shell' && state.phase === 'starting');
}

async function replace(
  container: Container,
  records: TerminalRecords,
  { path, request, state }: FoundRecord,
): Promise<void> {
  const file = container.projects.at(request);
  if (file === undefined) return;
  const target = { file, sandbox: request.sandbox };
  // What does not answer is there; its terminal tells more.
  const isUp = await isThere(target).catch(() => true);
  // Nothing is waited for from here on: there is one terminal, whoever else is at it.
  if (!records.remove(path)) return;
  // The user was quicker.
  if (container.terminals.has(target, request.program)) return;
  // What has ended since is not begun anew.
  if (state?.phase === 'running' && !isUp) return;
  if (!isUp) file.expectStart(request.sandbox);
  container.terminals.reopen(target, request);
  if (!isUp) void showStart(container, target);
}

async function isThere({ file, sandbox }: Target): Promise<boolean> {
  return (await file.project?.find(sandbox)) !== undefined;
}
