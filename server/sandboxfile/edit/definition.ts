import { stringify } from 'yaml';
import type { Section } from './edit.ts';

/** A new component as the command line gives it; values are written as typed. */
export interface Definition {
  readonly image?: string | undefined;
  readonly memory?: string | undefined;
  readonly cpus?: string | undefined;
  readonly shell?: string | undefined;
  readonly volumes?: readonly string[] | undefined;
  readonly ports?: readonly string[] | undefined;
  readonly envs?: readonly string[] | undefined;
  readonly envFile?: string | undefined;
  readonly dependsOn?: readonly string[] | undefined;
  readonly workdir?: string | undefined;
  /** Steps, for a build. */
  readonly scripts?: ReadonlyMap<string, string> | undefined;
  readonly imports?: ReadonlyMap<string, string> | undefined;
  readonly exports?: ReadonlyMap<string, string> | undefined;
  readonly scope?: string | undefined;
  readonly vmm?: string | undefined;
}

type Body = Readonly<Record<string, unknown>>;

export interface NewEntry {
  readonly name: string;
  readonly body: Body;
}

/** Keys in the order they are written; absent and empty ones are left out. */
export function definitionBody(definition: Definition, section: Section): Body {
  const scripts = section === 'builds' ? 'steps' : 'scripts';
  const body: readonly (readonly [string, unknown])[] = [
    ['image', definition.image],
    ['memory', number(definition.memory)],
    ['cpus', number(definition.cpus)],
    ['shell', definition.shell],
    ['volumes', definition.volumes],
    ['ports', definition.ports],
    ['envs', definition.envs],
    ['env_file', definition.envFile],
    ['depends_on', definition.dependsOn],
    ['workdir', definition.workdir],
    [scripts, map(definition.scripts)],
    ['imports', map(definition.imports)],
    ['exports', map(definition.exports)],
    ['scope', definition.scope],
    ['vmm', definition.vmm],
  ];
  return Object.fromEntries(
    body.filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0)),
  );
}

/** Lines of a block entry, each with its line end. */
export function blockEntry({ name, body }: NewEntry, indent: number, step: number): string {
  const options = { indent: step, lineWidth: 0 };
  const key = stringify(name, options).trimEnd();
  const value = Object.keys(body).length === 0 ? '' : indented(stringify(body, options), step);
  return indented(`${key}:\n${value}`, indent);
}

function indented(lines: string, indent: number): string {
  return lines.replaceAll(/^(?=[^\n])/gm, ' '.repeat(indent));
}

/** The same inside braces. */
export function flowEntry({ name, body }: NewEntry): string {
  return `${JSON.stringify(name)}: ${JSON.stringify(body)}`;
}

/** Plain when it is one, so that the file shows a number. */
function number(text: string | undefined): string | number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : text;
}

function map(entries: ReadonlyMap<string, string> | undefined): Body | undefined {
  return entries === undefined || entries.size === 0 ? undefined : Object.fromEntries(entries);
}
