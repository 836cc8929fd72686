import type { SandboxFields } from '../schema/fields.ts';

export const DEFAULT_SHELL = '/bin/sh';

/** `command`, or the older `exec`. Empty: the image's. */
export function assembleCommand(
  fields: Pick<SandboxFields, 'command' | 'exec' | 'shell'>,
): readonly string[] {
  const command = fields.command?.value;
  if (command !== undefined && typeof command !== 'string') return command.map((item) => item.value);
  const line = fields.command === undefined ? fields.exec?.value : command;
  return line === undefined ? [] : splitCommand(line, fields.shell?.value ?? DEFAULT_SHELL);
}

/** A single word is a program, anything else a line for the shell. */
function splitCommand(line: string, shell: string): readonly string[] {
  if (line.trim() === '') return [];
  return /\s/.test(line) ? [shell, '-c', line] : [line];
}
