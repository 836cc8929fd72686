import type { ExtensionContext } from 'vscode';
import { Container } from './container.ts';

/** Nothing is waited for but the registration of what the manifest promises. */
export function activate(context: ExtensionContext): void {
  const container = new Container(context);
  context.subscriptions.push(container);
  container.begin();
}
