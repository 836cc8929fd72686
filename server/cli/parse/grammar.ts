// What the grammars of all commands share.

import { InvalidArgumentError, Option } from 'commander';
import type { Command, HelpConfiguration } from 'commander';
import type { Section } from '../../engine/api.ts';
import type { Invocation } from '../invocation.ts';

export interface Grammar {
  /** What stood after `--`. */
  readonly guestArguments: readonly string[];
  accept(invocation: Invocation): void;
  note(text: string): void;
}

export function fileOption(): Option {
  return new Option('-f, --file <path>', 'project folder, or a Sandboxfile by another name');
}

/** Names refer to sandboxes anyway; the switch says so. */
export function sandboxSwitch(): Option {
  return new Option('-s, --sandbox', 'the names are sandboxes (default)');
}

/** What the names of a command refer to; by default sandboxes. */
export interface ComponentOptions {
  readonly sandbox?: boolean;
  readonly build?: boolean;
  readonly group?: boolean;
}

export function componentSwitches(): readonly Option[] {
  return [
    sandboxSwitch(),
    new Option('-b, --build', 'the names are builds'),
    new Option('-g, --group', 'the names are groups'),
  ];
}

export function sectionOf(command: Command, options: ComponentOptions): Section {
  const kinds = (['sandbox', 'build', 'group'] as const).filter((kind) => options[kind] === true);
  const [kind = 'sandbox', second] = kinds;
  if (second !== undefined) {
    command.error(`cannot specify both \`--${kind}\` and \`--${second}\` flags`, { exitCode: 2 });
  }
  return SECTIONS[kind];
}

const SECTIONS = { sandbox: 'sandboxes', build: 'builds', group: 'groups' } as const;

export function detachOption(): Option {
  return new Option('-d, --detach', 'return once the sandbox runs; output goes to its log only');
}

/** Repeatable: one value an occurrence. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

export function positiveInteger(text: string): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (value < 1) throw new InvalidArgumentError('Expected a whole number above 0.');
  return value;
}

export function wholeNumber(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw new InvalidArgumentError('Expected a whole number.');
  return Number(text);
}

/** Hidden aliases work, but help does not list them. */
export const hideAliases: HelpConfiguration = {
  subcommandTerm: (command: Command) => command.name(),
  commandUsage: (command: Command) => `${fullName(command)} ${command.usage()}`,
};

function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}
