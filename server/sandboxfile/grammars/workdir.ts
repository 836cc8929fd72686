import { accept, reject, type Grammar } from './grammar.ts';
import { foldGuestPath } from './guest-path.ts';

export const workdir: Grammar<string> = (text) => {
  const folded = foldGuestPath(text);
  if (folded.ok) return accept(folded.path);
  return reject(
    'SBX-WORKDIR',
    text.startsWith('/') ? `workdir: ${folded.reason}` : 'workdir must be an absolute path',
  );
};
