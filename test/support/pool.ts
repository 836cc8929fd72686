// A pool that a test keeps, and what it says of itself.

import { assetsIn, defaultAssetFolder } from '../../server/engine/machine/assets.ts';
import type { PoolStateJson } from '../../server/engine/machine/gen/menv/machine/v1/machine_pb.js';
import { vmmOf, vmmSpec } from '../../server/engine/machine/vmm.ts';
import { PoolKeeping } from '../../server/engine/machine/pool-keeping.ts';
import { homeAt } from '../../server/engine/layout.ts';
import type { TemplateOptions } from './templates.ts';

/** Against hangs: a guest of a pool is made at a low priority. */
const deadlineMs = 240_000;

export class KeptPool implements Disposable {
  readonly #keeping: PoolKeeping;
  readonly #waiting = new Set<() => void>();
  #state: PoolStateJson | undefined;

  /** With guests of one processor and this much memory. */
  constructor(home: string, size: number, memoryMib: number, { network = false }: TemplateOptions = {}) {
    const assets = assetsIn(defaultAssetFolder());
    const { menv, kernel, agentDisk, emptyDisk } = assets;
    this.#keeping = new PoolKeeping({
      menv,
      home,
      socket: homeAt(home).poolSocket,
      size,
      onState: (state) => {
        this.#state = state;
        for (const wake of this.#waiting) wake();
      },
    });
    const guest = { cpus: 1, memoryMib, kernel, agentDisk, emptyDisk, ...(network ? { network: {} } : {}) };
    this.#keeping.want([{ vmm: vmmSpec(vmmOf(), undefined, assets), ...guest }]);
  }

  /** Supervisors of the guests at hand, once there are that many or more and all that are to be. */
  async ready(count: number): Promise<readonly number[]> {
    await this.#until(() => {
      const { ready = 0, wanted = 0 } = this.#state ?? {};
      return this.#state !== undefined && ready === wanted && ready >= count;
    });
    return this.#state?.pids ?? [];
  }

  [Symbol.dispose](): void {
    this.#keeping.close();
  }

  async #until(condition: () => boolean): Promise<void> {
    const deadline = AbortSignal.timeout(deadlineMs);
    while (!condition()) {
      deadline.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<undefined>();
      const wake = (): void => {
        resolve(undefined);
      };
      const expire = (): void => {
        reject(new Error(`the pool is ${JSON.stringify(this.#state)}`));
      };
      this.#waiting.add(wake);
      deadline.addEventListener('abort', expire, { once: true });
      // The pool's socket does not keep the process alive.
      const alive = setInterval(() => undefined, deadlineMs);
      try {
        await promise;
      } finally {
        clearInterval(alive);
        deadline.removeEventListener('abort', expire);
        this.#waiting.delete(wake);
      }
    }
  }
}
