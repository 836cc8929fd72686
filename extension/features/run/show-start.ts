import { l10n } from 'vscode';
import type { Container } from '../../container.ts';
import { withProgress } from '../../host/progress.ts';
import type { LiveState } from '../projects/live-state.ts';
import { stateText } from '../projects/state-text.ts';
import type { Target } from './target.ts';

/**
 * The editor's own sign of a start that takes long, with a way to give it up; the terminal has the
 * details. A failure is said by whoever watches for failures.
 */
export async function showStart({ starts }: Container, target: Target): Promise<void> {
  const { file, sandbox } = target;
  const outcome = await withProgress(l10n.t("Starting sandbox '{0}'", sandbox), ({ signal, step }) => {
    return new Promise<LiveState>((resolve, reject) => {
      const look = (): void => {
        const state = file.state(sandbox);
        if (state.kind === 'starting') step(stateText(state));
        else settle(() => resolve(state));
      };
      const listening = file.onDidChange(look);
      const settle = (end: () => void): void => {
        listening.dispose();
        end();
      };
      signal.addEventListener('abort', () => settle(() => reject(new Error('cancelled'))), { once: true });
      look();
    });
  });
  if (outcome.kind === 'cancelled') await starts.cancel(target);
}
