// A task as tasks.json writes it.

export interface SandboxTask {
  readonly sandbox: string;
  readonly script: string;
  /** Sandboxfile, relative to the workspace's folder; default: the one at its root. */
  readonly file: string;
  readonly args: readonly string[];
}

const DEFAULT_FILE = 'Sandboxfile';

/** Undefined when something that is needed is missing or of a wrong type. */
export function taskOf(definition: Readonly<Record<string, unknown>>): SandboxTask | undefined {
  const { sandbox, script, file = DEFAULT_FILE, args = [] } = definition;
  if (typeof sandbox !== 'string' || typeof script !== 'string' || typeof file !== 'string') return undefined;
  if (!Array.isArray(args) || !args.every((arg) => typeof arg === 'string')) return undefined;
  return { sandbox, script, file, args };
}
