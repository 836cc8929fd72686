import { formatPort, type Build, type Group, type Sandbox } from '../../../sandboxfile/index.ts';
import type { LanguageDocument, LanguageWorkspace } from '../../document-types.ts';
import { code, plain } from '../markdown.ts';
import type { Entity } from '../names/entity.ts';

/** What a name stands for, as Markdown; undefined when its file is not known. */
export function componentCard(
  workspace: LanguageWorkspace,
  from: LanguageDocument,
  entity: Entity,
): string | undefined {
  const { document, kind, name, owner } = entity;
  const where = document === from ? '' : ` of ${code(document.path)}`;
  const { sandboxes, builds, groups } = document.project;
  switch (kind) {
    case 'sandbox':
      return sandboxCard(
        sandboxes.get(name),
        where,
        workspace.providers.sandboxes?.state(document.path, name),
      );
    case 'build':
      return buildCard(builds.get(name), where);
    case 'group':
      return groupCard(groups.get(name), where);
    case 'artifact': {
      const exporter = owner?.kind === 'sandbox' ? sandboxes : builds;
      const path = exporter.get(owner?.name ?? '')?.exports.get(name);
      return path === undefined
        ? undefined
        : `artifact **${plain(name)}** of ${code(owner?.name ?? '')}: ${code(path)}`;
    }
    case 'volume': {
      const path = groups.get(owner?.name ?? '')?.volumes.get(name);
      return path === undefined
        ? undefined
        : `volume **${plain(name)}** of group ${code(owner?.name ?? '')}: ${code(path)}`;
    }
    case 'script':
      return owner === undefined ? undefined : scriptCard(name, owner.name);
    case 'unknown':
      return undefined;
  }
}

function scriptCard(name: string, sandbox: string): string {
  const runs = name === 'start' ? ', which runs when no script is named' : '';
  return `script **${plain(name)}** of sandbox ${code(sandbox)}${runs}: ${code(`msb run ${sandbox}~${name}`)}`;
}

/** The file that a module's path means and what can be imported from it; undefined when it is not known. */
export function moduleCard({ path, project }: LanguageDocument): string | undefined {
  const kinds = [
    ['sandboxes', project.sandboxes],
    ['builds', project.builds],
    ['groups', project.groups],
  ] as const;
  return lines([
    `module ${code(path)}`,
    ...kinds.map(([kind, components]) =>
      components.size === 0 ? undefined : `- ${kind} ${listed([...components.keys()])}`,
    ),
  ]);
}

const MAX_LISTED = 20;

function listed(names: readonly string[]): string {
  const rest = names.length - MAX_LISTED;
  const shown = names.slice(0, MAX_LISTED).map(code).join(', ');
  return rest > 0 ? `${shown} and ${String(rest)} more` : shown;
}

function sandboxCard(
  sandbox: Sandbox | undefined,
  where: string,
  state: string | undefined,
): string | undefined {
  if (sandbox === undefined) return undefined;
  const { ports, dependsOn, meta, fields } = sandbox;
  const memory = `${String(sandbox.memoryMib)} MiB${defaulted(fields.memory ?? fields.ram)}`;
  const scope = `scope ${code(sandbox.scope)}${defaulted(fields.scope ?? fields.network)}`;
  return lines([
    `sandbox **${plain(sandbox.name)}**${where}${state === undefined ? '' : ` (${state})`}`,
    meta?.description === undefined ? undefined : plain(meta.description),
    `- image ${sandbox.image === undefined ? 'missing' : code(sandbox.image.text)}`,
    `- ${memory}, ${cpus(sandbox.cpus)}${defaulted(fields.cpus)}, ${scope}`,
    sandbox.vmm === undefined ? undefined : `- run by ${code(sandbox.vmm)}`,
    ports.length === 0 ? undefined : `- ports ${ports.map((port) => code(formatPort(port))).join(', ')}`,
    dependsOn.length === 0 ? undefined : `- needs ${dependsOn.map(code).join(', ')}`,
  ]);
}

function buildCard(build: Build | undefined, where: string): string | undefined {
  if (build === undefined) return undefined;
  const exported = [...build.exports].map(([name, path]) => `${code(name)} ${code(path)}`);
  return lines([
    `build **${plain(build.name)}**${where}`,
    `- image ${build.image === undefined ? 'missing' : code(build.image.text)}`,
    `- ${String(build.steps.length)} ${build.steps.length === 1 ? 'step' : 'steps'}`,
    exported.length === 0 ? undefined : `- exports ${exported.join(', ')}`,
  ]);
}

function groupCard(group: Group | undefined, where: string): string | undefined {
  if (group === undefined) return undefined;
  const volumes = [...group.volumes].map(([name, path]) => `${code(name)} ${code(path)}`);
  return lines([
    `group **${plain(group.name)}**${where}`,
    group.subnet === undefined ? undefined : `- subnet ${code(group.subnet.text)}`,
    volumes.length === 0 ? undefined : `- volumes ${volumes.join(', ')}`,
  ]);
}

function defaulted(field: object | undefined): string {
  return field === undefined ? ' (default)' : '';
}

function cpus(count: number): string {
  return count === 1 ? '1 CPU' : `${String(count)} CPUs`;
}

/** The head, then the rest as its own block. */
function lines([head, ...rest]: readonly (string | undefined)[]): string {
  return [head, '', ...rest]
    .filter((line) => line !== undefined)
    .join('\n')
    .trimEnd();
}
