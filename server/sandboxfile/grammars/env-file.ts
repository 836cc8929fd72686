import type { EnvEntry } from './env.ts';

export interface EnvFile {
  readonly entries: readonly EnvEntry[];
  readonly faults: readonly { readonly line: number; readonly message: string }[];
}

/** Text of an env file; `file` is its name in messages. Wrong lines are left out. */
export function parseEnvFile(text: string, file: string): EnvFile {
  const entries: EnvEntry[] = [];
  const faults: { line: number; message: string }[] = [];
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  for (const [index, line] of lines.entries()) {
    const stripped = line.trim();
    if (stripped === '' || stripped.startsWith('#')) continue;
    const assignment = stripped.replace(/^export[ \t]+/, '');
    const equals = assignment.indexOf('=');
    const name = assignment.slice(0, Math.max(equals, 0)).trim();
    if (name === '' || assignment.includes('\0')) {
      faults.push({ line: index + 1, message: `${file}:${String(index + 1)}: expected KEY=VALUE` });
    } else {
      entries.push({ name, value: unquote(assignment.slice(equals + 1).trim()) });
    }
  }
  return { entries, faults };
}

function unquote(value: string): string {
  const first = value.charAt(0);
  const quoted = value.length >= 2 && (first === '"' || first === "'") && value.endsWith(first);
  return quoted ? value.slice(1, -1) : value;
}
