import { accept, quote, reject, type Grammar } from './grammar.ts';

export interface EnvEntry {
  readonly name: string;
  readonly value: string;
}

/** `name=value`, split at the first `=`; the value is taken literally. */
export const env: Grammar<EnvEntry> = (text) => {
  const equals = text.indexOf('=');
  if (equals < 1 || text.includes('\0')) {
    return reject('SBX-ENV', `invalid environment variable pair: ${quote(text)}`);
  }
  return accept({ name: text.slice(0, equals), value: text.slice(equals + 1) });
};

export function formatEnv(entry: EnvEntry): string {
  return `${entry.name}=${entry.value}`;
}
