import { formatEnv } from '../grammars/env.ts';
import { formatPort, type Port } from '../grammars/port.ts';
import { formatQuota } from '../grammars/quota.ts';
import { formatSecretHost } from '../grammars/secret.ts';
import { formatVolume } from '../grammars/volume.ts';
import type { Import, Membership, Sandbox } from '../model.ts';

export interface Restated {
  readonly name: string;
  /** Ports of the host belong to one sandbox at a time. */
  readonly ports: readonly Port[];
}

/**
 * A Sandboxfile with one sandbox that is defined as this one is now, whatever its file says later. Left
 * out is what can only be one sandbox's: its address and host name in groups. Nor does it depend on any.
 */
export function restateSandbox(sandbox: Sandbox, { name, ports }: Restated): string {
  const body = {
    image: sandbox.image?.text,
    memory: sandbox.memoryMib,
    cpus: sandbox.cpus,
    volumes: sandbox.volumes.map(formatVolume),
    volume_options: volumeOptions(sandbox.volumeOptions),
    ports: ports.map(formatPort),
    envs: sandbox.envs.map(formatEnv),
    env_file: sandbox.envFile,
    workdir: sandbox.workdir,
    shell: sandbox.shell,
    scripts: Object.fromEntries(sandbox.scripts),
    command: sandbox.command.length === 0 ? undefined : sandbox.command,
    imports: imports(sandbox.imports),
    exports: Object.fromEntries(sandbox.exports),
    groups: Object.fromEntries([...sandbox.groups].map(([group, membership]) => [group, member(membership)])),
    scope: sandbox.scope,
    allow: sandbox.allow.map(({ text }) => text),
    deny: sandbox.deny.map(({ text }) => text),
    secrets: Object.fromEntries(
      [...sandbox.secrets].map(([name, hosts]) => [name, hosts.map(formatSecretHost)]),
    ),
    vmm: sandbox.vmm,
  };
  // JSON is YAML, and needs no care for what a value may hold.
  return JSON.stringify({ sandboxes: { [name]: body } });
}

function volumeOptions(all: Sandbox['volumeOptions']): unknown {
  if (all.size === 0) return undefined;
  return Object.fromEntries(
    [...all].map(([guest, { hide, private: own, quotaBytes }]) => [
      guest,
      { hide, private: own, quota: quotaBytes === undefined ? undefined : formatQuota(quotaBytes) },
    ]),
  );
}

function member({ volumes }: Membership): unknown {
  return { volumes: Object.fromEntries(volumes) };
}

function imports(all: readonly Import[]): Record<string, string | Record<string, string>> {
  const stated: Record<string, string | Record<string, string>> = {};
  for (const each of all) {
    if (each.kind === 'host') stated[each.name] = each.host;
    else if (each.build === undefined) stated[each.name] = each.guest;
    else stated[each.build] = { ...builds(stated[each.build]), [each.name]: each.guest };
  }
  return stated;
}

function builds(stated: string | Record<string, string> | undefined): Record<string, string> {
  return typeof stated === 'object' ? stated : {};
}
