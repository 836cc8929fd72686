// What a Sandboxfile says, with defaults filled in, old spellings folded and everything that could
// not be understood left out. Relative paths stay as written; `origin.folder` is what they are
// relative to.

import type { Image } from './grammars/image.ts';
import type { EnvEntry } from './grammars/env.ts';
import type { Subnet } from './grammars/ipv4.ts';
import type { OutboundRule } from './grammars/outbound.ts';
import type { Port } from './grammars/port.ts';
import type { Scope } from './grammars/scope.ts';
import type { SecretHost } from './grammars/secret.ts';
import type { BackEnd } from './grammars/vmm.ts';
import type { Volume } from './grammars/volume.ts';
import type {
  BuildFields,
  GroupFields,
  MembershipFields,
  ProjectFields,
  SandboxFields,
} from './schema/fields.ts';
import type { Span } from './position.ts';

export interface Project {
  readonly origin: Origin;
  readonly meta: Meta | undefined;
  readonly modules: readonly ModuleImport[];
  /** All maps are in file order, what modules bring comes last. */
  readonly builds: ReadonlyMap<string, Build>;
  readonly sandboxes: ReadonlyMap<string, Sandbox>;
  readonly groups: ReadonlyMap<string, Group>;
  /** Every value of this file with its place. */
  readonly fields: ProjectFields;
}

/** The file a component was written in. */
export interface Origin {
  /** File name for messages, or a module's absolute path. */
  readonly file: string;
  /** Absolute; empty when the caller did not say. */
  readonly folder: string;
}

/** Where a component's name and its value stand in `origin.file`. */
export interface Place {
  readonly name: Span;
  readonly value: Span;
}

/** What sandboxes and builds have in common. */
export interface Component {
  readonly name: string;
  readonly origin: Origin;
  readonly place: Place;
  /** Absent only in a file with errors. */
  readonly image: Image | undefined;
  readonly memoryMib: number;
  readonly cpus: number;
  readonly volumes: readonly Volume[];
  /** By guest path of a volume. */
  readonly volumeOptions: ReadonlyMap<string, VolumeOptions>;
  readonly ports: readonly Port[];
  readonly envs: readonly EnvEntry[];
  readonly envFile: string | undefined;
  readonly dependsOn: readonly string[];
  readonly workdir: string | undefined;
  readonly shell: string | undefined;
  /** Own command; empty: the image's. */
  readonly command: readonly string[];
  readonly imports: readonly Import[];
  readonly exports: ReadonlyMap<string, string>;
  readonly groups: ReadonlyMap<string, Membership>;
}

export interface Sandbox extends Component {
  readonly kind: 'sandbox';
  readonly version: string | undefined;
  readonly meta: Meta | undefined;
  readonly scripts: ReadonlyMap<string, string>;
  readonly scope: Scope;
  /** Empty: all that `scope` allows. */
  readonly allow: readonly OutboundRule[];
  readonly deny: readonly OutboundRule[];
  /** By variable, the hosts that each is for. */
  readonly secrets: ReadonlyMap<string, readonly SecretHost[]>;
  /** Absent: the user's choice. */
  readonly vmm: BackEnd | undefined;
  /** Every value with its place. */
  readonly fields: SandboxFields;
}

export interface Build extends Component {
  readonly kind: 'build';
  readonly steps: readonly Step[];
  readonly fields: BuildFields;
}

export interface Step {
  /** Absent for the items of a list. */
  readonly name: string | undefined;
  readonly text: string;
}

export type Import =
  /** Artifact of a build; `build` absent: of the one build that exports it. */
  | {
      readonly kind: 'artifact';
      readonly build: string | undefined;
      readonly name: string;
      readonly guest: string;
    }
  | { readonly kind: 'host'; readonly name: string; readonly host: string; readonly guest: string };

export interface Group {
  readonly kind: 'group';
  readonly name: string;
  readonly origin: Origin;
  readonly place: Place;
  readonly version: string | undefined;
  readonly meta: Meta | undefined;
  readonly subnet: Subnet | undefined;
  readonly volumes: ReadonlyMap<string, string>;
  readonly fields: GroupFields;
}

/** What a sandbox sees of a volume's folder, and how much it may add. */
export interface VolumeOptions {
  /** Patterns of what does not exist for it. */
  readonly hide: readonly string[];
  /** Folders in it that are the sandbox's own. */
  readonly private: readonly string[];
  /** Absent: any number of bytes. */
  readonly quotaBytes?: number;
}

export interface Membership {
  readonly ip: string | undefined;
  readonly hostname: string | undefined;
  readonly volumes: ReadonlyMap<string, string>;
  readonly fields: MembershipFields;
}

export interface Meta {
  readonly authors: readonly string[];
  readonly description: string | undefined;
  readonly homepage: string | undefined;
  readonly repository: string | undefined;
  readonly readme: string | undefined;
  readonly tags: readonly string[];
  readonly icon: string | undefined;
}

/** One imported component: `path` -> `component`, known here as `name`. */
export interface ModuleImport {
  readonly path: string;
  readonly component: string;
  readonly name: string;
  readonly place: { readonly path: Span; readonly component: Span; readonly name: Span };
}
