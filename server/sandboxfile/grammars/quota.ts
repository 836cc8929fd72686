import { accept, quote, reject, type Grammar } from './grammar.ts';
import { MAX_MEMORY_MIB, sizeInMib } from './memory.ts';

const MIB = 1024 ** 2;

/** Bytes: a size as of `memory`, with a space before its unit if one likes. */
export const quota: Grammar<number> = (text) => {
  const mib = sizeInMib(text.replace(/^(\d+) (?=[A-Za-z])/, '$1'));
  if (mib === undefined || mib < 1 || mib > MAX_MEMORY_MIB) {
    return reject(
      'SBX-VOLUME-OPTION',
      `invalid quota: '${quote(text)}', expected a size of at least 1 MiB, as 500 MB or 2GiB`,
    );
  }
  return accept(mib * MIB);
};

export function formatQuota(bytes: number): string {
  return `${String(bytes / MIB)}MiB`;
}
