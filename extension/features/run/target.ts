// What a command is about. Palette, lens, tree and menus differ only in how they say it.

import { Uri } from 'vscode';
import type { ProjectFile } from '../projects/project-file.ts';

export interface Target {
  readonly file: ProjectFile;
  readonly sandbox: string;
  readonly script?: string;
}

/** What a command can be called with; everything may be missing, then the user is asked. */
export interface TargetHint {
  readonly uri?: Uri;
  readonly sandbox?: string;
  readonly script?: string;
}

/** From a tree item, a code lens' argument, or the file that a menu was opened on. */
export function hintOf(argument: unknown): TargetHint {
  if (argument instanceof Uri) return { uri: argument };
  if (typeof argument !== 'object' || argument === null) return {};
  if ('target' in argument) return hintOf(argument.target);
  if ('file' in argument && 'sandbox' in argument) {
    const { file, sandbox, script } = argument as Target;
    return { uri: file.uri, sandbox, ...(script === undefined ? {} : { script }) };
  }
  const { uri, sandbox, script } = argument as { uri?: unknown; sandbox?: unknown; script?: unknown };
  return {
    ...(typeof uri === 'string' ? { uri: Uri.parse(uri) } : {}),
    ...(typeof sandbox === 'string' ? { sandbox } : {}),
    ...(typeof script === 'string' ? { script } : {}),
  };
}
