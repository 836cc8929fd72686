import { accept, quote, reject, type Grammar } from './grammar.ts';

/** What the guest takes of one volume. */
export const MAX_PRIVATE_FOLDERS = 64;
const MAX_BYTES = 1024;

/** A folder inside a volume, relative to it, folded. */
export const privateFolder: Grammar<string> = (text) => {
  const segments = text.split('/').filter((segment) => segment !== '' && segment !== '.');
  const folder = segments.join('/');
  const why = text.startsWith('/')
    ? "it is relative to the volume and begins with no '/'"
    : segments.includes('..')
      ? 'it would leave the volume'
      : folder === ''
        ? 'it names nothing'
        : text.includes('\0') || Buffer.byteLength(folder) > MAX_BYTES
          ? 'it is no path'
          : undefined;
  if (why === undefined) return accept(folder);
  return reject('SBX-VOLUME-OPTION', `invalid private folder: '${quote(text)}', ${why}`);
};
