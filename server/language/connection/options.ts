// What the client says besides the protocol: `initializationOptions`, and one notification.

import { NotificationType, type InitializeParams } from 'vscode-languageserver';

export interface InitializationOptions {
  /**
   * Whether the workspace may be looked at beyond the text that the client sends. Before the client says
   * so, here or later by `sandboxfile/trust`, it may not.
   */
  readonly trusted: boolean;
  /** Commands of the client that completions may name, such as `editor.action.triggerSuggest`. */
  readonly commands: readonly string[];
}

export const TRUST = new NotificationType<{ readonly trusted: boolean }>('sandboxfile/trust');

export function initializationOptions({
  initializationOptions: options,
}: InitializeParams): InitializationOptions {
  const { trusted, commands } = (isObject(options) ? options : {}) as Readonly<Record<string, unknown>>;
  return {
    trusted: trusted === true,
    commands: Array.isArray(commands) ? commands.filter((command) => typeof command === 'string') : [],
  };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
