import { NotificationType, type InitializeParams } from 'vscode-languageserver';

/**
 * Whether the workspace may be looked at beyond the text that the client sends. The client says so in its
 * initialization options (`{ "trusted": true }`) and when it changes; before that it may not.
 */
export const TRUST = new NotificationType<{ readonly trusted: boolean }>('sandboxfile/trust');

export function initializationOptions(params: InitializeParams): { readonly trusted: boolean } {
  const options: unknown = params.initializationOptions;
  const trusted = typeof options === 'object' && options !== null && 'trusted' in options && options.trusted;
  return { trusted: trusted === true };
}
