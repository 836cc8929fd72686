import { accept, quote, reject, type Grammar } from './grammar.ts';

/** What the guest may reach. */
export type Scope = 'none' | 'group' | 'public' | 'any';

export const SCOPES: readonly Scope[] = ['none', 'group', 'public', 'any'];
export const DEFAULT_SCOPE: Scope = 'public';

/** Older spelling of `group`. */
export const SCOPE_ALIAS = 'local';

export const scope: Grammar<Scope> = (text) => {
  const word = text.toLowerCase();
  const known = word === SCOPE_ALIAS ? 'group' : SCOPES.find((scope) => scope === word);
  if (known !== undefined) return accept(known);
  const words = SCOPES.map((scope) => `\`${scope}\``).join(', ');
  return reject(
    'SBX-SCOPE',
    `unknown variant \`${quote(text)}\`, expected one of ${words} (\`${SCOPE_ALIAS}\` means \`group\`)`,
  );
};
