import { accept, quote, reject, type Grammar } from './grammar.ts';
import { parseInteger } from './integer.ts';

export const DEFAULT_MEMORY_MIB = 1024;
export const MAX_MEMORY_MIB = 4294967295;

const SIZE = /^(\d+)(M|MB|MiB|G|GB|GiB)$/i;

/** MiB: a bare number, or a number with a unit of MiB or GiB. */
export function sizeInMib(text: string): number | undefined {
  const size = SIZE.exec(text);
  return size === null ? parseInteger(text) : Number(size[1]) * (/^g/i.test(size[2] ?? '') ? 1024 : 1);
}

export const memory: Grammar<number> = (text) => {
  const mib = sizeInMib(text);
  if (mib === undefined) return reject('SBX-MEMORY', `invalid memory size: ${quote(text)}`);
  if (mib === 0) return reject('SBX-MEMORY', 'amount of memory is zero');
  if (mib < 0 || mib > MAX_MEMORY_MIB) {
    return reject(
      'SBX-MEMORY',
      `invalid value: integer \`${quote(text)}\`, expected 1 to ${String(MAX_MEMORY_MIB)}`,
    );
  }
  return accept(mib);
};
