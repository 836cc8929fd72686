import { l10n, TerminalProfile, window, workspace } from 'vscode';
import type { Disposable } from 'vscode';
import type { Container } from '../../container.ts';
import { TERMINAL_PROFILE } from '../../contributions.ts';
import { pickSandbox } from '../run/pick.ts';
import { isUp } from '../projects/live-state.ts';

/** `Sandbox` in the list of terminals: a shell in a sandbox, which is asked for when there are several. */
export function registerProfile({ projects, approvals, terminals }: Container): Disposable {
  return window.registerTerminalProfileProvider(TERMINAL_PROFILE, {
    provideTerminalProfile: async () => {
      if (!workspace.isTrusted) return undefined;
      await projects.ready();
      const [file, ...others] = projects.all;
      const [sandbox, ...rest] = file?.sandboxNames ?? [];
      const only = others.length === 0 && rest.length === 0 && sandbox !== undefined ? { sandbox } : {};
      const hint = file === undefined || others.length > 0 ? {} : { uri: file.uri, ...only };
      const target = await pickSandbox(projects, hint, { title: l10n.t('Open Terminal') });
      if (target === undefined) return undefined;
      const isStart = !isUp(target.file.state(target.sandbox));
      if (isStart && !(await approvals.allow(target))) return undefined;
      return new TerminalProfile(terminals.options(target, { kind: 'shell' }));
    },
  });
}
