import { accept, quote, reject, type Grammar } from './grammar.ts';
import { parseInteger } from './integer.ts';

export const DEFAULT_CPUS = 1;
export const MAX_CPUS = 255;

/** Number of virtual CPUs; `2.0` counts as 2. */
export const cpus: Grammar<number> = (text) => {
  const count = parseInteger(text.replace(/^([+-]?\d+)\.0*$/, '$1'));
  if (count === 0) return reject('SBX-CPUS', 'number of vCPUs is zero');
  if (count === undefined || count < 0 || count > MAX_CPUS) {
    const kind = count === undefined ? 'value' : 'integer';
    return reject('SBX-CPUS', `invalid value: ${kind} \`${quote(text)}\`, expected 1 to ${String(MAX_CPUS)}`);
  }
  return accept(count);
};
