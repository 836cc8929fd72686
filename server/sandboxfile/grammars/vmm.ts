import { accept, quote, reject, type Grammar } from './grammar.ts';

/** What runs a guest. `auto`: libkrun where guests run on the hardware, else QEMU. */
export type BackEnd = 'auto' | 'libkrun' | 'qemu';

export const BACK_ENDS: readonly BackEnd[] = ['auto', 'libkrun', 'qemu'];

/** Words only: which program that is on a machine is its user's to say. */
export const backEnd: Grammar<BackEnd> = (text) => {
  const word = text.toLowerCase();
  const known = BACK_ENDS.find((each) => each === word);
  if (known !== undefined) return accept(known);
  const words = BACK_ENDS.map((each) => `\`${each}\``).join(', ');
  return reject('SBX-VMM', `unknown variant \`${quote(text)}\`, expected one of ${words}`);
};
