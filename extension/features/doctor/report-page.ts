import { EventEmitter, languages, Uri, window, workspace } from 'vscode';
import type { ExtensionContext } from 'vscode';

const SCHEME = 'sandboxfile-doctor';
const URI = Uri.from({ scheme: SCHEME, path: '/Sandboxfile Doctor.md' });

/** One read-only document: nothing of it has to be saved or thrown away. */
export class ReportPage {
  readonly #changed = new EventEmitter<Uri>();
  #text = '';

  constructor({ subscriptions }: ExtensionContext) {
    const provider = { onDidChange: this.#changed.event, provideTextDocumentContent: () => this.#text };
    subscriptions.push(this.#changed, workspace.registerTextDocumentContentProvider(SCHEME, provider));
  }

  async show(text: string): Promise<void> {
    this.#text = text;
    this.#changed.fire(URI);
    const document = await workspace.openTextDocument(URI);
    await languages.setTextDocumentLanguage(document, 'markdown');
    await window.showTextDocument(document, { preview: true });
  }
}
