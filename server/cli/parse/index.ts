import type { Parsed } from '../invocation.ts';

export async function parse(argv: readonly string[], environment: NodeJS.ProcessEnv): Promise<Parsed> {
  if (wantsVersion(argv)) return { kind: 'version' };
  // The version is asked for often and by programs: it waits for nothing that it does not need.
  const { parseCommandLine } = await import('./command-line.ts');
  return parseCommandLine(argv, environment);
}

/** `-V` wins over every subcommand and every mistake on the same line. */
function wantsVersion(argv: readonly string[]): boolean {
  const at = argv.indexOf('--');
  const own = at < 0 ? argv : argv.slice(0, at);
  return own.includes('-V') || own.includes('--version');
}
