import { ProgressLocation, window } from 'vscode';
import { withoutLinks } from './plain-text.ts';

/** Cancelling is not failing: whoever starts something long has to say what each of them means. */
export type Outcome<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failed'; readonly error: unknown };

export interface Work {
  readonly signal: AbortSignal;
  /** What happens now, for the user. */
  readonly step: (text: string) => void;
}

/** Runs `work` with a message that shows its steps and lets the user cancel it. */
export async function withProgress<T>(title: string, work: (work: Work) => Promise<T>): Promise<Outcome<T>> {
  const options = { location: ProgressLocation.Notification, title: withoutLinks(title), cancellable: true };
  return window.withProgress(options, async (progress, token) => {
    const abort = new AbortController();
    const listening = token.onCancellationRequested(() => abort.abort(new DOMException(title, 'AbortError')));
    try {
      const value = await work({
        signal: abort.signal,
        step: (text) => progress.report({ message: withoutLinks(text) }),
      });
      return { kind: 'done', value };
    } catch (error) {
      return abort.signal.aborted ? { kind: 'cancelled' } : { kind: 'failed', error };
    } finally {
      listening.dispose();
    }
  });
}
