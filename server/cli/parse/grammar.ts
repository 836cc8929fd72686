// What the grammars of all commands share.

import { InvalidArgumentError, Option } from 'commander';
import type { Command, HelpConfiguration } from 'commander';
import type { Invocation } from '../invocation.ts';

export interface Grammar {
  /** What stood after `--`. */
  readonly guestArguments: readonly string[];
  accept(invocation: Invocation): void;
  note(text: string): void;
}

/** Commands that hand what follows `--` to a guest program; for all others `--` only ends options. */
const guestCommands = new Set(['run', 'r', 'start', 'shell', 'exe', 'x', 'tmp', 't']);

/** The first positional. Exact, because no option that may stand before it takes a value. */
export function commandWord(argv: readonly string[]): string | undefined {
  return argv.find((word) => !word.startsWith('-'));
}

export function splitGuestArguments(argv: readonly string[]): {
  readonly own: readonly string[];
  readonly guest: readonly string[];
} {
  const at = argv.indexOf('--');
  const word = commandWord(at < 0 ? argv : argv.slice(0, at));
  if (at < 0 || word === undefined || !guestCommands.has(word)) return { own: argv, guest: [] };
  return { own: argv.slice(0, at), guest: argv.slice(at + 1) };
}

/** `-V` wins over every subcommand and every mistake on the same line. */
export function wantsVersion(argv: readonly string[]): boolean {
  const at = argv.indexOf('--');
  const own = at < 0 ? argv : argv.slice(0, at);
  return own.includes('-V') || own.includes('--version');
}

export function fileOption(): Option {
  return new Option('-f, --file <path>', 'project folder, or a Sandboxfile by another name');
}

/** Names refer to sandboxes anyway; the switch says so. */
export function sandboxSwitch(): Option {
  return new Option('-s, --sandbox', 'the names are sandboxes (default)');
}

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
  commandUsage: (command: Command) =>
    command.parent === null
      ? `${command.name()} ${command.usage()}`
      : `${command.parent.name()} ${command.name()} ${command.usage()}`,
};
