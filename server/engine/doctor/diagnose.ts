// Everything that sandboxes depend on, one finding each, in the order in which it is shown.

import { dirname, join } from 'node:path';
import type { Diagnosis, DoctorOptions, Finding, OpenOptions, Project } from '../api.ts';
import { hasCode, SandboxError } from '../errors/index.ts';
import { defaultRegistry } from '../images/registry.ts';
import type { Installation } from '../lifecycle/context.ts';
import { askHost } from '../machine/doctor.ts';
import type { HostFacts, HostPort } from '../machine/doctor.ts';
import type { VmmChoice } from '../machine/vmm.ts';
import { DEFAULT_FILE } from '../project/open.ts';
import { hypervisor, machine, memory } from './computer.ts';
import { cgroup, landlock, userNamespaces } from './confinement.ts';
import { editor } from './editor.ts';
import { libkrun, parts, qemu } from './programs.ts';
import { brokenProject, ports, project, registries } from './project.ts';
import { fileSystem, folder, space } from './storage.ts';

export async function diagnose(
  { home, assets, vmm }: Installation,
  options: DoctorOptions,
  open: (options: OpenOptions) => Promise<Project>,
): Promise<Diagnosis> {
  const { fix = false, probe = false, signal } = options;
  const { kernel, agentDisk } = assets;
  const hardware = { folder: dirname(assets.krun), library: vmm.library, kernel, agentDisk, probe };
  const wanted = await wishes(options, open);
  const files = Object.values(assets);
  const facts = await askHost(
    assets.menv,
    {
      home: home.root,
      assets: files,
      qemu: vmm.program,
      ports: wanted.ports,
      registries: wanted.registries,
      hardware,
      fix,
    },
    signal,
  ).catch((error: unknown) => {
    // Without its own program it can tell no more than that.
    if (hasCode(error, 'ASSET_MISSING')) return undefined;
    throw error;
  });
  const host =
    facts === undefined ? [parts({ missing: [assets.menv] }, files)] : hostFindings(facts, files, vmm);
  const findings = [machine(), ...host, ...wanted.findings, await editor()];
  return { findings, healthy: findings.every(({ state }) => state !== 'bad') };
}

function hostFindings(facts: HostFacts, files: readonly string[], vmm: VmmChoice): readonly Finding[] {
  return [
    parts(facts, files),
    hypervisor(facts),
    libkrun(facts),
    qemu(facts, vmm.program),
    memory(facts),
    withMended(folder(facts), facts.mended),
    space(facts),
    fileSystem(facts),
    userNamespaces(facts),
    landlock(facts),
    cgroup(facts),
    ports(facts),
    registries(facts),
  ];
}

function withMended(finding: Finding, mended: readonly string[]): Finding {
  const done = mended.flatMap((what) => MENDED[what] ?? []);
  return done.length === 0 ? finding : { ...finding, mended: done.join('; ') };
}

const MENDED: Readonly<Record<string, string>> = {
  folder: 'made the folder',
  logins: 'took away the rights that others had to the logins',
  runs: 'removed the sockets of killed supervisors',
};

interface Wishes {
  readonly ports: readonly HostPort[];
  readonly registries: readonly string[];
  readonly findings: readonly Finding[];
}

const NONE: Wishes = { ports: [], registries: [], findings: [] };

/** What the project, if there is one, asks of the machine. Ports of what runs are its own. */
async function wishes(
  { project: place, signal }: DoctorOptions,
  open: (options: OpenOptions) => Promise<Project>,
): Promise<Wishes> {
  if (place === undefined) return NONE;
  const path = join(place.root, place.file ?? DEFAULT_FILE);
  let opened: Project;
  try {
    opened = await open({ ...place, ...(signal === undefined ? {} : { signal }) });
  } catch (error) {
    if (hasCode(error, 'FILE_NOT_FOUND')) return NONE;
    if (error instanceof SandboxError) return { ...NONE, findings: [brokenProject(path, error.message)] };
    throw error;
  }
  try {
    const { sandboxes, builds } = opened.model;
    const stopped = new Set(
      (await opened.status(undefined, signal === undefined ? {} : { signal }))
        .filter(({ state }) => state === 'stopped')
        .map(({ name }) => name),
    );
    const published = [...sandboxes.values()]
      .filter(({ name }) => stopped.has(name))
      .flatMap((one) => one.ports);
    const images = [...sandboxes.values(), ...builds.values()].flatMap(({ image }) => image ?? []);
    const hosts = images.flatMap((image) =>
      image.kind === 'reference' ? [image.domain ?? defaultRegistry()] : [],
    );
    return {
      ports: published.map(({ host, protocol }) => ({
        address: '127.0.0.1',
        port: host,
        udp: protocol === 'udp',
      })),
      registries: [...new Set(hosts)],
      findings: [project(path, sandboxes.size)],
    };
  } finally {
    await opened.close();
  }
}
