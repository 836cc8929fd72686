// `--` and what follows it.

/** Commands that hand what follows `--` to a guest program; for all others `--` only ends options. */
const guestCommands = new Set(['run', 'r', 'start', 'shell', 'exe', 'x', 'tmp', 't']);

export function splitGuestArguments(argv: readonly string[]): {
  readonly own: readonly string[];
  readonly guest: readonly string[];
} {
  const at = argv.indexOf('--');
  const word = commandWord(at < 0 ? argv : argv.slice(0, at));
  if (at < 0 || word === undefined || !guestCommands.has(word)) return { own: argv, guest: [] };
  return { own: argv.slice(0, at), guest: argv.slice(at + 1) };
}

/** The first positional; `--vmm` is the one option before it whose value may be a word of its own. */
function commandWord(argv: readonly string[]): string | undefined {
  return argv.find((word, index) => !word.startsWith('-') && argv[index - 1] !== '--vmm');
}
