import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { waitForText } from './msb.ts';

/** Debian's docker-registry. */
export class RegistryProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#ended = once(child, 'close');
  }

  /** Accepts connections from then on. `onOutput` gets its log of requests, if it is told to write one. */
  static async start(
    config: object,
    file: string,
    onOutput: (text: string) => void,
  ): Promise<RegistryProcess> {
    // JSON is YAML.
    await writeFile(file, JSON.stringify(config));
    // It is no process of the product's home.
    const { MENV_HOME: _, ...env } = process.env;
    const child = spawn('docker-registry', ['serve', file], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...env, OTEL_TRACES_EXPORTER: 'none' },
    });
    const started = new RegistryProcess(child);
    child.stdout.setEncoding('utf8').on('data', onOutput);
    await waitForText(child.stderr, 'listening on');
    child.stderr.resume();
    return started;
  }

  async stop(): Promise<void> {
    this.#child.kill();
    await this.#ended;
  }
}
