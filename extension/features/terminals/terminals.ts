import path from 'node:path';
import { l10n, ThemeIcon, window } from 'vscode';
import type { Terminal, TerminalOptions } from 'vscode';
import type { RequestedProgram, TerminalRequest } from '../../../server/cli/editor-terminal/request.ts';
import type { Installation } from '../../host/installation.ts';
import { engineEnvironment, setting } from '../../host/settings.ts';
import type { Approvals } from '../approval/approval.ts';
import type { Target } from '../run/target.ts';
import type { Starts } from '../starts/starts.ts';
import { programLine, requestIn } from './terminal-options.ts';

export class Terminals {
  readonly #installation: Installation;
  readonly #approvals: Approvals;
  readonly #starts: Starts;

  constructor(installation: Installation, approvals: Approvals, starts: Starts) {
    this.#installation = installation;
    this.#approvals = approvals;
    this.#starts = starts;
  }

  /** Opens a terminal on the program, or shows the one that has it. `isNew`: none can have it yet. */
  open(target: Target, program: RequestedProgram, { isNew = false } = {}): Terminal {
    const existing = program.kind === 'main' ? this.#showing(target, program, isNew) : undefined;
    const terminal = existing ?? window.createTerminal(this.options(target, program));
    terminal.show();
    return terminal;
  }

  options(target: Target, program: RequestedProgram): TerminalOptions {
    const request = this.request(target, program, program.kind === 'shell' ? 'never' : holding());
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

  request(
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

  /** The terminal of what runs; one that only keeps what an ended run printed makes room. */
  #showing(target: Target, program: RequestedProgram, isNew: boolean): Terminal | undefined {
    for (const terminal of window.terminals) {
      const request = requestIn(terminal.creationOptions);
      if (request === undefined || !isSame(request, target, program)) continue;
      if (!isNew && target.file.state(target.sandbox).kind === 'running') return terminal;
      terminal.dispose();
    }
    return undefined;
  }
}

function holding(): TerminalRequest['hold'] {
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
