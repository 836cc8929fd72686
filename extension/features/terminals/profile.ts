import { l10n, TerminalProfile, window } from 'vscode';
import type { Disposable } from 'vscode';
import type { Container } from '../../container.ts';
import { TERMINAL_PROFILE } from '../../contributions.ts';
import { showFailure } from '../../host/failures.ts';
import { actionsFor } from '../../host/helpful-actions.ts';
import { isTrusted, mayStart } from '../run/may-start.ts';
import { pickSandbox } from '../run/pick.ts';
import { isUp } from '../projects/live-state.ts';

/** `Sandbox` in the list of terminals: a shell in a sandbox, which is asked for when there are several. */
export function registerProfile(container: Container): Disposable {
  return window.registerTerminalProfileProvider(TERMINAL_PROFILE, {
    provideTerminalProfile: async () => {
      try {
        return await profile(container);
      } catch (error) {
        void showFailure(container.log, error, actionsFor(error));
        return undefined;
      }
    },
  });
}

async function profile({ projects, approvals, terminals }: Container): Promise<TerminalProfile | undefined> {
  if (!isTrusted()) return undefined;
  await projects.ready();
  const [file, ...others] = projects.all;
  const [sandbox, ...rest] = file?.names ?? [];
  const only = others.length === 0 && rest.length === 0 && sandbox !== undefined ? { sandbox } : {};
  const hint = file === undefined || others.length > 0 ? {} : { uri: file.uri, ...only };
  const target = await pickSandbox(projects, hint, { title: l10n.t('Open Terminal') });
  if (target === undefined) return undefined;
  const isStart = !isUp(target.file.state(target.sandbox));
  if (isStart && !(await mayStart(approvals, target))) return undefined;
  return new TerminalProfile(terminals.options(target, { kind: 'shell' }));
}
