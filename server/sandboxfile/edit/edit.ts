// Edits of the text in place: every byte that an edit does not concern survives it.

import { parseSandboxfile, type ParseResult } from '../parse.ts';

export type Section = 'sandboxes' | 'builds' | 'groups';

export type EditResult =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: EditFailure; readonly message: string };

export type EditFailure = 'invalid' | 'exists' | 'not-found';

export function refuse(reason: EditFailure, message: string): EditResult {
  return { ok: false, reason, message };
}

export function invalid(cause: string, reason: EditFailure = 'invalid'): EditResult {
  return refuse(reason, `configuration validation error: ${cause}`);
}

export function notEditable(section: Section): string {
  return `'${section}' is written in a way that cannot be edited here`;
}

/** Why a text is no base for edits: what it means is not known. */
export function brokenText({ problems }: ParseResult): string | undefined {
  return problems.find(({ id, severity }) => severity === 'error' && (id === 'SBX-YAML' || id === 'SBX-ROOT'))
    ?.message;
}

/**
 * The edited text, if its section really holds these names: an edit of odd but valid YAML may miss,
 * and then nothing must be written.
 */
export function verified(text: string, section: Section, names: readonly string[]): EditResult {
  const after = parseSandboxfile(text);
  const fault = brokenText(after);
  if (fault !== undefined) return invalid(fault);
  const found = [...(after.project.fields[section]?.value?.keys() ?? [])];
  const same = found.length === names.length && found.every((name, index) => name === names[index]);
  return same ? { ok: true, text } : invalid(notEditable(section));
}
