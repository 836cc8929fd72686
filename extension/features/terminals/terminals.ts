import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { l10n, TerminalExitReason, ThemeIcon, window } from 'vscode';
import type { Terminal, TerminalOptions } from 'vscode';
import type { RequestedProgram, TerminalRequest } from '../../../server/cli/editor-terminal/request.ts';
import type { Installation } from '../../host/installation.ts';
import { engineEnvironment, setting } from '../../host/settings.ts';
import type { Approvals } from '../approval/approval.ts';
import { runs } from '../projects/live-state.ts';
import type { Target } from '../run/target.ts';
import { Disposables } from '../../host/disposables.ts';
import type { Disposable } from '../../host/disposables.ts';
import type { Starts } from '../starts/starts.ts';
import type { TerminalRecords } from './records.ts';
import { programLine, requestIn } from './terminal-options.ts';

export class Terminals implements Disposable {
  readonly #installation: Installation;
  readonly #approvals: Approvals;
  readonly #starts: Starts;
  readonly #records: TerminalRecords;
  /** Of terminals that the editor brought back: it forgets how they were made. */
  readonly #adopted = new WeakMap<Terminal, TerminalRequest>();
  readonly #disposables = new Disposables();

  constructor(installation: Installation, approvals: Approvals, starts: Starts, records: TerminalRecords) {
    this.#installation = installation;
    this.#approvals = approvals;
    this.#starts = starts;
    this.#records = records;
    this.#disposables.add(window.onDidCloseTerminal((terminal) => this.#closed(terminal)));
  }

  /** Opens a terminal on the program, or shows the one that has it. `isNew`: none can have it yet. */
  open(target: Target, program: RequestedProgram, { isNew = false } = {}): void {
    this.prepare(target, program, { isNew })();
  }

  /**
   * As `open`, in two: a reload after this call finds the terminal's record, whether or not it was opened. A start
   * begins here.
   */
  prepare(target: Target, program: RequestedProgram, { isNew = false, isStart = false } = {}): () => void {
    const existing = program.kind === 'main' ? this.#showing(target, program, isNew) : undefined;
    if (existing !== undefined) return () => existing.show();
    const wanted = this.#request(target, program, holdOf(program));
    const begins = isStart && program.kind === 'main';
    const request = this.#records.add(begins ? { ...wanted, key: randomUUID() } : wanted);
    if (begins) this.#starts.beginAhead(target, request);
    return () => window.createTerminal(this.#optionsOf(target, request)).show();
  }

  /** One that only keeps what an ended program has printed makes room. */
  has(target: Target, program: RequestedProgram): boolean {
    return this.#kept(target, program, (terminal) => !this.#isHeld(terminal)) !== undefined;
  }

  /** Instead of the one that was lost. */
  reopen(target: Target, { program, hold, approved, key }: TerminalRequest): void {
    const wanted = this.#request(target, program, hold);
    const agreed = [...new Set([...wanted.approved, ...approved])];
    const begun = key === undefined ? {} : { key };
    const request = this.#records.add({ ...wanted, ...begun, approved: agreed });
    window.createTerminal(this.#optionsOf(target, request)).show();
  }

  adopt(terminal: Terminal, request: TerminalRequest): void {
    this.#adopted.set(terminal, request);
  }

  options(target: Target, program: RequestedProgram): TerminalOptions {
    return this.#optionsOf(target, this.#records.add(this.#request(target, program, holdOf(program))));
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #optionsOf(target: Target, request: TerminalRequest): TerminalOptions {
    const { program } = request;
    const { program: shellPath, args, env } = programLine(this.#installation, request, engineEnvironment());
    return {
      name: nameOf(target, program),
      shellPath,
      shellArgs: [...args],
      env: { ...env },
      cwd: path.dirname(target.file.uri.fsPath),
      iconPath: new ThemeIcon(program.kind === 'shell' ? 'terminal' : 'vm-running'),
      isTransient: false,
    };
  }

  #request(
    { file, sandbox }: Target,
    program: RequestedProgram,
    hold: TerminalRequest['hold'],
  ): TerminalRequest {
    return {
      root: file.root,
      file: file.file,
      sandbox,
      program,
      approved: this.#approvals.digests,
      hold,
      reports: this.#starts.path,
    };
  }

  /** The terminal of what runs. */
  #showing(target: Target, program: RequestedProgram, isNew: boolean): Terminal | undefined {
    const isRun = !isNew && runs(target.file.state(target.sandbox));
    return this.#kept(target, program, (terminal) => isRun && !this.#isHeld(terminal));
  }

  /** The first that is to stay; the others make room, and lose their place before the editor has heard of it. */
  #kept(
    target: Target,
    program: RequestedProgram,
    stays: (terminal: Terminal) => boolean,
  ): Terminal | undefined {
    const all = this.#on(target, program);
    const kept = all.find(stays);
    for (const terminal of all) {
      if (terminal === kept) continue;
      this.#forget(terminal);
      terminal.dispose();
    }
    return kept;
  }

  #isHeld(terminal: Terminal): boolean {
    const { record } = this.#requestOf(terminal) ?? {};
    return record !== undefined && this.#records.isHeld(record);
  }

  #on(target: Target, program: RequestedProgram): Terminal[] {
    return window.terminals.filter((terminal) => {
      const request = this.#requestOf(terminal);
      return request !== undefined && isSame(request, target, program);
    });
  }

  #requestOf(terminal: Terminal): TerminalRequest | undefined {
    return this.#adopted.get(terminal) ?? requestIn(terminal.creationOptions);
  }

  /** The user does not want what it was at; a window that goes away wants nothing else. */
  #closed(terminal: Terminal): void {
    if (terminal.exitStatus?.reason !== TerminalExitReason.Shutdown) this.#forget(terminal);
  }

  #forget(terminal: Terminal): void {
    const { record } = this.#requestOf(terminal) ?? {};
    if (record === undefined) return;
    this.#starts.cancelOf(record);
    this.#records.remove(record);
  }
}

function holdOf({ kind }: RequestedProgram): TerminalRequest['hold'] {
  if (kind === 'shell') return 'never';
  return setting('closeOnSuccess') ? 'after-failure' : 'always';
}

function isSame(request: TerminalRequest, { file, sandbox }: Target, program: RequestedProgram): boolean {
  const sameSandbox = request.root === file.root && request.file === file.file && request.sandbox === sandbox;
  return sameSandbox && JSON.stringify(request.program) === JSON.stringify(program);
}

function nameOf({ sandbox }: Target, program: RequestedProgram): string {
  switch (program.kind) {
    case 'main':
      return sandbox;
    case 'script':
      return l10n.t('{0}: {1}', sandbox, program.script);
    case 'shell':
      return l10n.t('{0}: shell', sandbox);
  }
}
