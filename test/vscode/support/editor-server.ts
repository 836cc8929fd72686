// A VS Code server with the packaged extension installed, and everything it writes in one place.

import { execFile, spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import type { Place } from '../../support/place.ts';
import { packageCompanion } from './companion.ts';
import { required } from './environment.ts';

export interface EditorOptions {
  /** Default true: without it every folder is trusted, as when a user has said so. */
  readonly trusted?: boolean;
  /** Whether an extension that uses ours is installed beside it. */
  readonly companion?: boolean;
}

export class EditorServer implements AsyncDisposable {
  readonly origin: string;
  readonly #process: ServerProcess;
  readonly #settings: string;

  private constructor(process: ServerProcess, origin: string, settings: string) {
    this.#process = process;
    this.origin = origin;
    this.#settings = settings;
  }

  static async start(
    place: Place,
    { trusted = true, companion = false }: EditorOptions = {},
  ): Promise<EditorServer> {
    const data = path.join(place.root, 'editor');
    const folders = ['--server-data-dir', data, '--extensions-dir', path.join(data, 'extensions')];
    const machine = path.join(data, 'data/Machine');
    await mkdir(machine, { recursive: true });
    const settings = path.join(machine, 'settings.json');
    await writeFile(settings, JSON.stringify(QUIET));
    const main = path.join(required('SANDBOXFILE_VSCODE_SERVER'), 'out/server-main.js');
    const env = { ...process.env, ...place.environment };
    const packages = [required('SANDBOXFILE_VSIX')];
    if (companion) packages.push(await packageCompanion(place.root));
    const install = packages.flatMap((file) => ['--install-extension', file]);
    await promisify(execFile)(process.execPath, [main, ...folders, ...install], { env });
    const options = ['--host', '127.0.0.1', '--port', '0', '--without-connection-token'];
    if (trusted) options.push('--disable-workspace-trust');
    const arguments_ = [
      main,
      ...folders,
      ...options,
      '--accept-server-license-terms',
      '--telemetry-level',
      'off',
    ];
    const server = spawn(process.execPath, arguments_, {
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process group of its own, which ends with it.
      detached: true,
    });
    return new EditorServer(server, `http://127.0.0.1:${await portOf(server)}`, settings);
  }

  /** The user's settings of this machine, on top of those that all tests have. */
  async set(settings: Readonly<Record<string, unknown>>): Promise<void> {
    await writeFile(this.#settings, JSON.stringify({ ...QUIET, ...settings }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const exited = this.#process.exitCode === null ? once(this.#process, 'exit') : undefined;
    signalGroup(this.#process, 'SIGTERM');
    await exited;
    // A child made between the two: the server measures processes with shell scripts that sleep.
    signalGroup(this.#process, 'SIGKILL');
  }
}

type ServerProcess = ChildProcessByStdio<null, Readable, Readable>;

/** Nothing pops up that a test has not asked for. */
const QUIET = {
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'chat.disableAIFeatures': true,
  'git.enabled': false,
  'extensions.ignoreRecommendations': true,
  'security.workspace.trust.startupPrompt': 'never',
  'telemetry.telemetryLevel': 'off',
  // A test that wants waiting guests says so.
  'sandboxfile.pool.size': 0,
  // Text in the page, where a test can read it.
  'terminal.integrated.gpuAcceleration': 'off',
  'terminal.integrated.tabs.enabled': true,
  'terminal.integrated.tabs.hideCondition': 'never',
};

function signalGroup(leader: ServerProcess, signal: NodeJS.Signals): void {
  if (leader.pid === undefined) return;
  try {
    process.kill(-leader.pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

async function portOf(server: ServerProcess): Promise<number> {
  let said = '';
  server.stderr.on('data', () => undefined);
  return new Promise((resolve, reject) => {
    server.once('exit', () => reject(new Error(`the VS Code server ended: ${said}`)));
    server.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const [, port] = /listening on (\d+)/.exec(said) ?? [];
      if (port !== undefined) resolve(Number(port));
    });
  });
}
