// The workspace's sandboxes as tools of language models. What changes something asks the user first.

import { l10n, lm, LanguageModelTextPart, LanguageModelToolResult } from 'vscode';
import type { CancellationToken, LanguageModelTool } from 'vscode';
import type { Container } from '../../container.ts';
import { Disposables } from '../../host/disposables.ts';
import type { Disposable } from '../../host/disposables.ts';
import { TOOLS } from '../../contributions.ts';
import { execute, list, logs, readFile, start } from './actions.ts';
import type { ExecInput, FileInput, Inputs } from './actions.ts';

export function registerTools(container: Container): Disposable {
  const disposables = new Disposables();
  const add = <T extends Inputs>(
    name: string,
    act: (container: Container, input: T, signal: AbortSignal) => Promise<string>,
    describe: (input: T) => string,
    confirm?: (input: T) => string,
  ): void => {
    const tool: LanguageModelTool<T> = {
      prepareInvocation: ({ input }) => ({
        invocationMessage: describe(input),
        ...(confirm === undefined
          ? {}
          : { confirmationMessages: { title: l10n.t('Sandbox'), message: confirm(input) } }),
      }),
      invoke: async ({ input }, token) => {
        const text = await act(container, input, signalOf(token));
        return new LanguageModelToolResult([new LanguageModelTextPart(text)]);
      },
    };
    disposables.add(lm.registerTool(name, tool));
  };
  add(TOOLS.list, list, () => l10n.t('Listing sandboxes'));
  add(TOOLS.logs, logs, ({ sandbox }) => l10n.t("Reading the log of sandbox '{0}'", sandbox));
  add(TOOLS.readFile, readFile, ({ path }: FileInput) => l10n.t("Reading '{0}' in the sandbox", path));
  add(
    TOOLS.run,
    start,
    ({ sandbox }) => l10n.t("Starting sandbox '{0}'", sandbox),
    ({ sandbox }) => l10n.t("Start sandbox '{0}' as the Sandboxfile says?", sandbox),
  );
  add(
    TOOLS.exec,
    async (all, input: ExecInput, signal) => {
      const { exitCode, output } = await execute(all, input, signal);
      return `exit status ${exitCode}\n${output}`;
    },
    ({ sandbox }) => l10n.t("Running a command in sandbox '{0}'", sandbox),
    ({ sandbox, command }: ExecInput) => l10n.t("Run this in sandbox '{0}'?\n\n{1}", sandbox, command),
  );
  return disposables;
}

function signalOf(token: CancellationToken): AbortSignal {
  const abort = new AbortController();
  token.onCancellationRequested(() => abort.abort(new DOMException('cancelled', 'AbortError')));
  return abort.signal;
}
