import type { Mount, Sandbox as Definition } from '../../sandboxfile/index.ts';
import type { EventBody } from '../api.ts';
import type { Home, ProjectFolder, RunFolder } from '../layout.ts';
import type { Assets } from '../machine/assets.ts';
import type { VmmChoice } from '../machine/vmm.ts';
import type { ProjectHistory } from '../state/project-history.ts';
import type { Runs } from './runs.ts';

/** What the engine was set up with. */
export interface Installation {
  readonly home: Home;
  readonly assets: Assets;
  readonly vmm: VmmChoice;
  readonly templates: boolean;
  /** Guests that this engine keeps at hand of each kind; undefined: it keeps none. */
  readonly pool: number | 'auto' | undefined;
  /** Sandboxes that nobody wants anything of for so long are paused; 0: never. It refuses what makes no sense. */
  readonly idlePauseMs: () => number;
}

/** One sandbox of one open project, running or not. */
export interface SandboxContext {
  readonly name: string;
  /** Sandboxfile's name. */
  readonly file: string;
  readonly definition: Definition;
  readonly installation: Installation;
  /** The folders that its groups share. */
  readonly groupMounts: readonly Mount[];
  readonly folder: ProjectFolder;
  readonly run: RunFolder;
  /** Folder of the network that the file's sandboxes share. */
  readonly network: string;
  /** Folder of what the user has given for the file's secrets. */
  readonly secrets: string;
  readonly history: ProjectHistory;
  readonly runs: Runs;
  /** The sandbox that this one is a copy of. */
  readonly forkOf?: string | undefined;
  /** Its disk goes with the run. */
  readonly ephemeral: boolean;
  readonly emit: (event: EventBody) => void;
}
