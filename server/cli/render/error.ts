// `Error: <message>`, what caused it, and what the user can do.

import type { Style } from './style.ts';
import { printable } from './style.ts';

/** A cause that only repeats what was said says nothing. */
const longestChain = 16;

export function renderError(error: unknown, style: Style, withStack: boolean): string {
  const chain = causes(error);
  const [first = 'unknown error', ...rest] = chain.map(messageOf);
  const lines = [`${style.red('Error:')} ${printable(first)}`];
  let said = first;
  for (const message of rest) {
    if (said.includes(message)) continue;
    said = message;
    lines.push(`${style.dim('Caused by:')} ${indent(printable(message))}`);
  }
  const hint = chain.map(hintOf).find((text) => text !== undefined);
  if (hint !== undefined) lines.push(`${style.yellow('Hint:')} ${printable(hint)}`);
  if (withStack && error instanceof Error && error.stack !== undefined) lines.push(printable(error.stack));
  return `${lines.join('\n')}\n`;
}

export function renderUsageError(message: string, usage: string, style: Style): string {
  return `${style.red('Error:')} ${printable(message)}\n\nUsage: ${usage}\n`;
}

export function renderWarning(message: string, style: Style): string {
  return `${style.yellow('Warning:')} ${printable(message)}\n`;
}

function causes(error: unknown): readonly unknown[] {
  const chain: unknown[] = [];
  for (let next = error; next !== undefined && next !== null && chain.length < longestChain;) {
    if (chain.includes(next)) break;
    chain.push(next);
    next = next instanceof Error ? next.cause : undefined;
  }
  return chain;
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message === '' ? error.name : error.message;
}

function hintOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('hint' in error)) return undefined;
  return typeof error.hint === 'string' ? error.hint : undefined;
}

function indent(text: string): string {
  return text.replaceAll('\n', '\n  ');
}
