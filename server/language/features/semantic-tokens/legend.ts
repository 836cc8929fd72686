// What tokens are called; the client is told before the feature is loaded.

export const TYPES = [
  'class',
  'interface',
  'namespace',
  'function',
  'variable',
  'property',
  'enumMember',
  'number',
] as const;
export const MODIFIERS = ['declaration', 'deprecated'] as const;

export const TOKEN_LEGEND = { tokenTypes: [...TYPES], tokenModifiers: [...MODIFIERS] };

export type TokenType = (typeof TYPES)[number];
export type TokenModifier = (typeof MODIFIERS)[number];
