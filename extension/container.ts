// Everything the features share, made by hand in one place and ended in one order.

import { commands, env, window, workspace } from 'vscode';
import type { Disposable, ExtensionContext, LogOutputChannel } from 'vscode';
import { COMMANDS } from './contributions.ts';
import type { CommandId } from './contributions.ts';
import { Approvals } from './features/approval/approval.ts';
import { Projects } from './features/projects/projects.ts';
import { RunCommands } from './features/run/commands.ts';
import { StatusItem } from './features/status/status-item.ts';
import { registerTasks } from './features/tasks/provider.ts';
import { registerProfile } from './features/terminals/profile.ts';
import { Terminals } from './features/terminals/terminals.ts';
import { registerTree } from './features/tree/tree.ts';
import { Disposables } from './host/disposables.ts';
import { showFailure } from './host/failures.ts';
import { installationOf } from './host/installation.ts';
import type { Installation } from './host/installation.ts';
import type { Engine } from '../server/engine/api.ts';

export class Container implements Disposable {
  readonly context: ExtensionContext;
  readonly installation: Installation;
  readonly log: LogOutputChannel;
  readonly projects: Projects;
  readonly approvals: Approvals;
  readonly terminals: Terminals;
  readonly #disposables = new Disposables();

  constructor(context: ExtensionContext) {
    this.context = context;
    this.log = this.#disposables.add(window.createOutputChannel('Sandboxfile', { log: true }));
    this.installation = installationOf(context);
    this.projects = this.#disposables.add(new Projects(openEngine));
    this.approvals = new Approvals(context.workspaceState);
    this.terminals = new Terminals(this.installation, this.approvals);
  }

  /** Registers everything; what takes longer goes on after the editor has been given back. */
  begin(): void {
    const run = new RunCommands(this);
    this.#register({
      [COMMANDS.run]: (argument) => run.run(argument),
      [COMMANDS.runScript]: (argument) => run.runScript(argument),
      [COMMANDS.test]: (argument) => run.runScript(argument),
      [COMMANDS.openTerminal]: (argument) => run.openTerminal(argument),
      [COMMANDS.stop]: (argument) => run.stop(argument),
      [COMMANDS.restart]: (argument) => run.restart(argument),
      [COMMANDS.showLogs]: async (argument) => {
        const { showLogs } = await import('./features/logs/show-logs.ts');
        await showLogs(this, argument);
      },
      [COMMANDS.openFile]: (argument) => run.openFile(argument),
      [COMMANDS.initialize]: async (argument) => {
        const { initialize } = await import('./features/run/initialize.ts');
        await initialize(argument);
      },
      [COMMANDS.showOutput]: () => this.log.show(),
    });
    this.#disposables.add(registerTree(this.projects));
    this.#disposables.add(new StatusItem(this.projects));
    this.#disposables.add(registerTasks(this));
    this.#disposables.add(registerProfile(this));
    this.#disposables.add(workspace.onDidGrantWorkspaceTrust(() => void this.projects.ready()));
    setImmediate(() => {
      void this.projects.ready().catch((error: unknown) => this.log.error(String(error)));
      void this.#startLanguageClient();
    });
    this.log.info(`${this.installation.version} in ${env.appName}`);
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  #register(handlers: Readonly<Record<CommandId, (argument: unknown) => unknown>>): void {
    for (const [id, handler] of Object.entries(handlers)) {
      const guarded = async (argument: unknown): Promise<void> => {
        try {
          await handler(argument);
        } catch (error) {
          void showFailure(this.log, error);
        }
      };
      this.#disposables.add(commands.registerCommand(id, guarded));
    }
  }

  async #startLanguageClient(): Promise<void> {
    try {
      const { startLanguageClient } = await import('./features/language/client.ts');
      this.#disposables.add(await startLanguageClient(this.installation, this.log));
    } catch (error) {
      await showFailure(this.log, error);
    }
  }
}

/** One for each Sandboxfile: its events name a sandbox, not a project. */
async function openEngine(): Promise<Engine> {
  const { createEngine } = await import('../server/engine/index.ts');
  return createEngine();
}
