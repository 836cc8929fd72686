// The door of this room: the engine as its front ends see it.

import type { Engine } from './api.ts';
import { SandboxEngine } from './engine.ts';
import { defaultHome, homeAt } from './layout.ts';
import { idlePauseOf } from './lifecycle/idle-pause.ts';
import { assetsIn, defaultAssetFolder, defaultTemplates } from './machine/assets.ts';
import { vmmOf } from './machine/vmm.ts';

export type * from './api.ts';
export { hasCode, SandboxError } from './errors/index.ts';
export type { ErrorCode } from './errors/index.ts';
// What front ends need to show a project's definition; the language itself stays behind this door.
export { formatPort, formatVolume, guestPathOf, hostPathOf, NEW_SANDBOXFILE } from '../sandboxfile/index.ts';
export { displayImage } from './images/registry.ts';
export { formatHost, formatPublished, parsePort } from './lifecycle/port-text.ts';
export type {
  Build as BuildModel,
  Project as ProjectModel,
  Sandbox as SandboxModel,
} from '../sandboxfile/index.ts';

/**
 * Each absent option comes from the environment: MENV_HOME, MENV_ASSETS, MENV_VMM, MENV_DEFAULT_VMM,
 * MENV_TEMPLATES, MENV_IDLE_PAUSE; a libkrun from MENV_LIBKRUN.
 */
export interface EngineOptions {
  /** The user's folder for images and running sandboxes. */
  readonly home?: string;
  /** Folder of this host's native files. */
  readonly assets?: string;
  /** `auto`, `libkrun`, `qemu`, or the program of a QEMU; it wins over the Sandboxfile's `vmm`. */
  readonly vmm?: string;
  /** The same for sandboxes whose Sandboxfile says nothing. */
  readonly defaultVmm?: string;
  /** Start guests from templates and make those; otherwise each one boots. */
  readonly templates?: boolean;
  /**
   * Keep a pool of guests at hand, of the kinds that open projects define, as long as the engine is open:
   * that many of each kind, or by free memory. Absent: starts use a pool that somebody else keeps.
   */
  readonly pool?: number | 'auto';
  /** Sandboxes that nobody wants anything of for so long are paused until somebody does; 0: never. */
  readonly idlePauseMs?: number;
}

export function createEngine(options: EngineOptions = {}): Engine {
  return new SandboxEngine({
    home: homeAt(options.home ?? defaultHome()),
    assets: assetsIn(options.assets ?? defaultAssetFolder()),
    vmm: vmmOf({
      ...(options.vmm === undefined ? {} : { now: options.vmm }),
      ...(options.defaultVmm === undefined ? {} : { usually: options.defaultVmm }),
    }),
    templates: options.templates ?? defaultTemplates(),
    pool: options.pool,
    // Asked for at a start: nothing else is to fail for it.
    idlePauseMs: () => options.idlePauseMs ?? idlePauseOf(process.env),
  });
}
