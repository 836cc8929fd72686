import type { ExtensionContext } from 'vscode';
import { Container } from './container.ts';
import type { SandboxfileApi } from './features/api/api.ts';
import { createApi } from './features/api/create-api.ts';

/** Nothing is waited for but the registration of what the manifest promises. */
export function activate(context: ExtensionContext): SandboxfileApi {
  const container = new Container(context);
  context.subscriptions.push(container);
  container.begin();
  return createApi(container);
}
