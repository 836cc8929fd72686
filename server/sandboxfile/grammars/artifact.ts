import { accept, quote, reject, type Grammar } from './grammar.ts';
import { foldGuestPath } from './guest-path.ts';

/** Where a flat import comes from: a file of the host, or a build that exports the name. */
export interface ImportTarget {
  readonly kind: 'host' | 'artifact';
  readonly path: string;
}

/** Guest path that an export offers. */
export const exportPath: Grammar<string> = (text) => {
  const folded = foldGuestPath(text);
  return folded.ok ? accept(folded.path) : reject('SBX-EXPORT-PATH', `${folded.reason}: '${quote(text)}'`);
};

/** Guest path where an artifact of a named build goes. */
export const importPath: Grammar<string> = (text) => {
  const folded = foldGuestPath(text);
  return folded.ok ? accept(folded.path) : reject('SBX-IMPORT-PATH', `${folded.reason}: '${quote(text)}'`);
};

/** A path that starts with `./` or `../` is the host's, any other one the guest's. */
export const importTarget: Grammar<ImportTarget> = (text) => {
  if (/^\.\.?\//.test(text)) return accept({ kind: 'host', path: text });
  const guest = importPath(text);
  return guest.ok ? accept({ kind: 'artifact', path: guest.value }) : guest;
};
