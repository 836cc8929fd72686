// Everything the features share, made by hand in one place and ended in one order.

import path from 'node:path';
import { commands, env, window, workspace } from 'vscode';
import type { Disposable, ExtensionContext, LogOutputChannel, Uri } from 'vscode';
import { COMMANDS, PANELS } from './contributions.ts';
import type { CommandId } from './contributions.ts';
import { Agreed } from './features/approval/agreed.ts';
import { Approvals } from './features/approval/approval.ts';
import { browseFiles } from './features/files/browse.ts';
import { registerFileSystem } from './features/files/register.ts';
import { Logs } from './features/logs/register.ts';
import { openPort } from './features/ports/open-port.ts';
import { Projects } from './features/projects/projects.ts';
import { RunCommands } from './features/run/commands.ts';
import { openFile } from './features/run/open-file.ts';
import { noticeDeleted } from './features/run/deleted-notice.ts';
import { noticeFailures } from './features/run/failure-notices.ts';
import { Starts } from './features/starts/starts.ts';
import { LanguageStatus } from './features/status/language-status.ts';
import { StatusItem } from './features/status/status-item.ts';
import { registerTasks } from './features/tasks/provider.ts';
import { TerminalRecords } from './features/terminals/records.ts';
import { registerProfile } from './features/terminals/profile.ts';
import { Terminals } from './features/terminals/terminals.ts';
import { SandboxTree } from './features/tree/tree.ts';
import { Disposables } from './host/disposables.ts';
import { showFailure } from './host/failures.ts';
import { actionsFor } from './host/helpful-actions.ts';
import { setting } from './host/settings.ts';
import { installationOf } from './host/installation.ts';
import { workspaceFolder } from './host/workspace-folder.ts';
import type { Installation } from './host/installation.ts';
import type { Engine } from '../server/engine/api.ts';

export class Container implements Disposable {
  readonly context: ExtensionContext;
  readonly installation: Installation;
  readonly log: LogOutputChannel;
  readonly projects: Projects;
  readonly logs: Logs;
  readonly approvals: Approvals;
  readonly starts: Starts;
  readonly terminals: Terminals;
  readonly tree: SandboxTree;
  readonly #records: TerminalRecords;
  readonly #disposables = new Disposables();

  constructor(context: ExtensionContext) {
    this.context = context;
    this.log = this.#disposables.add(window.createOutputChannel('Sandboxfile', { log: true }));
    this.installation = installationOf(context);
    this.projects = this.#disposables.add(new Projects(() => this.openEngine()));
    this.logs = this.#disposables.add(new Logs(this.projects));
    const storage = workspaceFolder(context);
    this.approvals = new Approvals(new Agreed(storage && path.join(storage, 'approved')));
    this.tree = this.#disposables.add(new SandboxTree(this.projects));
    this.starts = this.#disposables.add(new Starts(this.projects, this.approvals));
    this.#records = new TerminalRecords(storage && path.join(storage, 'terminals'));
    const { installation, approvals, starts } = this;
    this.terminals = this.#disposables.add(new Terminals(installation, approvals, starts, this.#records));
  }

  /** Registers everything; what takes longer goes on after the editor has been given back. */
  begin(): void {
    const run = new RunCommands(this);
    const snapshots = () => import('./features/snapshots/snapshots.ts');
    const holding = () => import('./features/run/hold.ts');
    this.#register({
      [COMMANDS.run]: (argument) => run.run(argument),
      [COMMANDS.runScript]: (argument) => run.runScript(argument),
      [COMMANDS.test]: (argument) => run.runScript(argument),
      [COMMANDS.openTerminal]: (argument) => run.openTerminal(argument),
      [COMMANDS.stop]: (argument) => run.stop(argument),
      [COMMANDS.restart]: (argument) => run.restart(argument),
      [COMMANDS.pause]: async (argument) => (await holding()).pause(this, argument),
      [COMMANDS.resume]: async (argument) => (await holding()).resume(this, argument),
      [COMMANDS.save]: async (argument) => (await holding()).save(this, argument),
      [COMMANDS.reset]: async (argument) => {
        const { reset } = await import('./features/run/reset.ts');
        await reset(this, argument);
      },
      [COMMANDS.showDashboard]: async (argument) => {
        const { showDashboard } = await import('./features/dashboard/dashboard.ts');
        await showDashboard(this, argument);
      },
      [COMMANDS.browseFiles]: (argument) => browseFiles(this, argument),
      [COMMANDS.openPort]: (argument) => openPort(this, argument),
      [COMMANDS.addSandbox]: async (argument) => {
        const { addSandbox } = await import('./features/edit/add-sandbox.ts');
        await addSandbox(this, argument);
      },
      [COMMANDS.pullImage]: async () => {
        const { pullImage } = await import('./features/images/pull.ts');
        await pullImage(this);
      },
      [COMMANDS.createSnapshot]: async (argument) => (await snapshots()).createSnapshot(this, argument),
      [COMMANDS.restoreSnapshot]: async (argument) => (await snapshots()).restoreSnapshot(this, argument),
      [COMMANDS.deleteSnapshot]: async (argument) => (await snapshots()).deleteSnapshot(this, argument),
      [COMMANDS.fork]: async (argument) => (await snapshots()).fork(this, argument),
      [COMMANDS.deleteFork]: async (argument) => (await snapshots()).deleteFork(this, argument),
      [COMMANDS.setSecret]: async (argument) => {
        const { setSecret } = await import('./features/secrets/set-secret.ts');
        await setSecret(this, argument);
      },
      [COMMANDS.doctor]: async () => {
        const { doctor } = await import('./features/doctor/doctor.ts');
        await doctor(this);
      },
      [COMMANDS.refresh]: () => this.tree.refresh(),
      [COMMANDS.forgetApprovals]: () => this.approvals.forget(),
      [COMMANDS.showLogs]: async (argument) => {
        const { showLogs } = await import('./features/logs/show-logs.ts');
        await showLogs(this, argument);
      },
      [COMMANDS.openFile]: (argument) => openFile(this, argument),
      [COMMANDS.initialize]: async (argument) => {
        const { initialize } = await import('./features/run/initialize.ts');
        await initialize(argument);
      },
      [COMMANDS.showOutput]: () => this.log.show(),
    });
    this.#disposables.add(registerFileSystem(this.projects));
    this.#disposables.add(new StatusItem(this.projects));
    this.#disposables.add(new LanguageStatus(this.projects));
    this.#disposables.add(noticeFailures(this.projects));
    this.#disposables.add(noticeDeleted(this));
    this.#disposables.add(
      window.registerWebviewPanelSerializer(PANELS.dashboard, {
        deserializeWebviewPanel: async (panel) => {
          const { restoreDashboard } = await import('./features/dashboard/dashboard.ts');
          restoreDashboard(this, panel);
        },
      }),
    );
    this.#disposables.add(
      window.registerWebviewPanelSerializer(PANELS.doctor, {
        deserializeWebviewPanel: async (panel) => {
          const { restoreDoctor } = await import('./features/doctor/doctor.ts');
          restoreDoctor(this, panel);
        },
      }),
    );
    this.#disposables.add(registerTasks(this));
    this.#disposables.add(registerProfile(this));
    this.#disposables.add(workspace.onDidGrantWorkspaceTrust(() => void this.projects.ready()));
    setImmediate(() => {
      void this.#registerTools();
      const logged = (error: unknown): void => this.log.error(String(error));
      void this.projects.ready().catch(logged);
      void this.#recover().catch(logged);
      void this.#startLanguageClient();
    });
    this.log.info(`${this.installation.version} in ${env.appName}`);
  }

  /** A new engine, its caller's to close: events of one name a sandbox, not a project. */
  async openEngine(): Promise<Engine> {
    const { createEngine } = await import('../server/engine/index.ts');
    const [home, vmm, pauseAfter] = [setting('home'), setting('vmm'), setting('pauseAfterSeconds')];
    return createEngine({
      ...(home === '' ? {} : { home }),
      ...(vmm === '' ? {} : { defaultVmm: vmm }),
      ...(pauseAfter === 0 ? {} : { idlePauseMs: pauseAfter * 1000 }),
      pool: setting('poolSize') ?? 'auto',
    });
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
          void showFailure(this.log, error, actionsFor(error, this.#causing(error)));
        }
      };
      this.#disposables.add(commands.registerCommand(id, guarded));
    }
  }

  /** The file whose fault it is. */
  #causing(error: unknown): Uri | undefined {
    return this.projects.all.find(({ failure }) => failure !== undefined && failure === error)?.uri;
  }

  /** What a reload has cut off. */
  async #recover(): Promise<void> {
    if (!workspace.isTrusted) return;
    const { recoverTerminals } = await import('./features/terminals/recover.ts');
    await recoverTerminals(this, this.#records);
  }

  /** Editors without language models have no tools. */
  async #registerTools(): Promise<void> {
    const { registerTools } = await import('./features/agents/tools.ts');
    this.#disposables.add(registerTools(this));
  }

  async #startLanguageClient(): Promise<void> {
    try {
      const { startLanguageClient } = await import('./features/language/client.ts');
      this.#disposables.add(await startLanguageClient(this.installation, this.log));
    } catch (error) {
      await showFailure(this.log, error, actionsFor(error));
    }
  }
}
