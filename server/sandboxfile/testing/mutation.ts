// Seeded changes of a text, for tests.

const PIECES = [
  ...[
    '\n',
    ' ',
    '  ',
    '\t',
    ':',
    ': ',
    '- ',
    '#',
    '"',
    "'",
    '[',
    ']',
    '{',
    '}',
    '&a ',
    '*a',
    '<<: *a',
    '|',
    '>',
  ],
  ...[
    '? ',
    '!!str ',
    '%',
    '@',
    ',',
    '\0',
    '\r',
    '\uFEFF',
    '\u2028',
    '\uD800',
    'é',
    '~',
    'null',
    '---\n',
    '...\n',
  ],
];

/** Mulberry32. */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Up to four small changes of a kind that breaks things. */
export function mutate(text: string, next: () => number): string {
  let mutated = text;
  for (let left = 1 + Math.floor(next() * 4); left > 0; left--) {
    const at = Math.floor(next() * (mutated.length + 1));
    const end = Math.min(mutated.length, at + Math.floor(next() * 12));
    const kind = Math.floor(next() * 4);
    const piece =
      kind === 0
        ? ''
        : kind === 1
          ? mutated.slice(at, end).repeat(2)
          : PIECES[Math.floor(next() * PIECES.length)];
    mutated = mutated.slice(0, at) + (piece ?? '') + mutated.slice(kind === 3 ? at : end);
  }
  return mutated;
}
