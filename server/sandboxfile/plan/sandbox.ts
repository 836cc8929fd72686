import { DEFAULT_SHELL } from '../assemble/command.ts';
import { formatEnv, type EnvEntry } from '../grammars/env.ts';
import { resolveHostPath } from '../grammars/host-path.ts';
import type { Image } from '../grammars/image.ts';
import type { OutboundRule } from '../grammars/outbound.ts';
import type { Port } from '../grammars/port.ts';
import type { SecretHost } from '../grammars/secret.ts';
import type { Scope } from '../grammars/scope.ts';
import type { BackEnd } from '../grammars/vmm.ts';
import type { Origin, Sandbox, VolumeOptions } from '../model.ts';
import { mergeEnv } from './env.ts';
import { NO_IMAGE_CONFIG, type ImageConfig } from './image-config.ts';
import { scriptFiles, type ScriptFile } from './scripts.ts';

/** All that starting a sandbox needs to know: the file's words and the image's, merged. */
export interface SandboxPlan {
  readonly name: string;
  readonly memoryMib: number;
  readonly cpus: number;
  /** KEY=VALUE, each name once. */
  readonly env: readonly string[];
  readonly workdir: string;
  readonly shell: string;
  readonly scripts: readonly ScriptFile[];
  readonly mounts: readonly Mount[];
  /** Only what the file lists: an image publishes nothing by itself. */
  readonly ports: readonly Port[];
  readonly scope: Scope;
  readonly allow: readonly OutboundRule[];
  readonly deny: readonly OutboundRule[];
  /** Those that can be used. */
  readonly secrets: readonly PlannedSecret[];
  /** What the file asks for; undefined: nothing. */
  readonly vmm: BackEnd | undefined;
}

export interface PlannedSecret {
  readonly name: string;
  readonly hosts: readonly SecretHost[];
}

export interface Mount {
  /** Absolute; a folder or a file. */
  readonly host: string;
  readonly guest: string;
  readonly readOnly: boolean;
  readonly options?: VolumeOptions;
}

export interface PlanInputs {
  readonly image?: ImageConfig | undefined;
  /** Entries of the env file, see `envFilePath`. */
  readonly envFile?: readonly EnvEntry[] | undefined;
  /** What programs have in place of secrets, by name. */
  readonly placeholders?: ReadonlyMap<string, string> | undefined;
}

export function planSandbox(sandbox: Sandbox, inputs: PlanInputs = {}): SandboxPlan {
  const image = inputs.image ?? NO_IMAGE_CONFIG;
  return {
    name: sandbox.name,
    memoryMib: sandbox.memoryMib,
    cpus: sandbox.cpus,
    env: mergeEnv(image.env, inputs.envFile ?? [], sandbox.envs, inputs.placeholders).map(formatEnv),
    workdir: sandbox.workdir ?? (image.workingDir === '' ? '/' : image.workingDir),
    shell: sandbox.shell ?? DEFAULT_SHELL,
    scripts: scriptFiles(sandbox),
    mounts: mounts(sandbox),
    ports: sandbox.ports,
    scope: effectiveScope(sandbox),
    allow: sandbox.allow,
    deny: sandbox.deny,
    secrets: plannedSecrets(sandbox),
    vmm: sandbox.vmm,
  };
}

/** Without a way to hosts outside there are none. */
export function plannedSecrets(sandbox: Sandbox): readonly PlannedSecret[] {
  if (sandbox.scope === 'none' || sandbox.scope === 'group') return [];
  return [...sandbox.secrets].map(([name, hosts]) => ({ name, hosts }));
}

/** What the image resolver takes: a reference or built-in name as written, a path made absolute. */
export function imageSource(image: Image, origin: Origin): string {
  return image.kind === 'path' ? resolveHostPath(origin.folder, image.text) : image.text;
}

/** Absolute path of the env file; undefined when there is none. */
export function envFilePath(sandbox: Pick<Sandbox, 'envFile' | 'origin'>): string | undefined {
  return sandbox.envFile === undefined ? undefined : resolveHostPath(sandbox.origin.folder, sandbox.envFile);
}

function mounts(sandbox: Sandbox): readonly Mount[] {
  const absolute = (path: string) => resolveHostPath(sandbox.origin.folder, path);
  const volumes = sandbox.volumes.map((volume) => {
    const options = sandbox.volumeOptions.get(volume.guest);
    return { ...volume, host: absolute(volume.host), ...(options === undefined ? {} : { options }) };
  });
  const imports = sandbox.imports.flatMap((entry) =>
    entry.kind === 'host' ? [{ host: absolute(entry.host), guest: entry.guest, readOnly: true }] : [],
  );
  return [...volumes, ...imports];
}

/** Without any group the scope `group` reaches nobody. */
function effectiveScope(sandbox: Sandbox): Scope {
  return sandbox.scope === 'group' && sandbox.groups.size === 0 ? 'none' : sandbox.scope;
}
