// The workspace's sandboxes as tools of language models. What changes something, or tells the model what is in a sandbox,
// asks the user first.

import { l10n, lm, LanguageModelTextPart, LanguageModelToolResult, MarkdownString } from 'vscode';
import type { CancellationToken, LanguageModelTool, LanguageModelToolConfirmationMessages } from 'vscode';
import type { Container } from '../../container.ts';
import { Disposables } from '../../host/disposables.ts';
import type { Disposable } from '../../host/disposables.ts';
import { TOOLS } from '../../contributions.ts';
import { execute, list, LOG_LINES, logs, readFile, start } from './actions.ts';
import type { ExecInput, FileInput, Inputs } from './actions.ts';

export function registerTools(container: Container): Disposable {
  const disposables = new Disposables();
  const add = <T extends Inputs>(
    name: string,
    act: (container: Container, input: T, signal: AbortSignal) => Promise<string>,
    describe: (input: T) => string,
    confirmationMessages?: (input: T) => LanguageModelToolConfirmationMessages,
  ): void => {
    const tool: LanguageModelTool<T> = {
      prepareInvocation: ({ input }) => ({
        invocationMessage: describe(input),
        ...(confirmationMessages === undefined ? {} : { confirmationMessages: confirmationMessages(input) }),
      }),
      invoke: async ({ input }, token) => {
        const text = await act(container, input, signalOf(token));
        return new LanguageModelToolResult([new LanguageModelTextPart(text)]);
      },
    };
    disposables.add(lm.registerTool(name, tool));
  };
  add(TOOLS.list, list, () => l10n.t('Listing sandboxes'));
  add(
    TOOLS.logs,
    logs,
    ({ sandbox }) => l10n.t("Reading the log of sandbox '{0}'", sandbox),
    ({ sandbox }) => ({
      title: l10n.t("Let the model read the log of sandbox '{0}'?", sandbox),
      message: words(l10n.t('The last {0} lines that its programs printed.', LOG_LINES)),
    }),
  );
  add(
    TOOLS.readFile,
    readFile,
    ({ path }: FileInput) => l10n.t("Reading '{0}' in the sandbox", path),
    ({ sandbox, path }: FileInput) => ({
      title: l10n.t("Let the model read this file of sandbox '{0}'?", sandbox),
      message: literally(path, ''),
    }),
  );
  add(
    TOOLS.run,
    start,
    ({ sandbox }) => l10n.t("Starting sandbox '{0}'", sandbox),
    ({ sandbox }) => ({
      title: l10n.t("Start sandbox '{0}'?", sandbox),
      message: words(
        l10n.t('It does what the Sandboxfile says. What you have not agreed to yet is shown first.'),
      ),
    }),
  );
  add(
    TOOLS.exec,
    async (all, input: ExecInput, signal) => {
      const { exitCode, output } = await execute(all, input, signal);
      return `exit status ${exitCode}\n${output}`;
    },
    ({ sandbox }) => l10n.t("Running a command in sandbox '{0}'", sandbox),
    ({ sandbox, command }: ExecInput) => ({
      title: l10n.t("Run this command in sandbox '{0}'?", sandbox),
      message: literally(command, 'sh'),
    }),
  );
  return disposables;
}

function words(text: string): MarkdownString {
  return new MarkdownString().appendText(text);
}

/** As it will be used: what looks like Markdown in it is not to change or hide a part. */
function literally(text: string, language: string): MarkdownString {
  return new MarkdownString().appendCodeblock(text, language);
}

function signalOf(token: CancellationToken): AbortSignal {
  const abort = new AbortController();
  token.onCancellationRequested(() => abort.abort(new DOMException('cancelled', 'AbortError')));
  return abort.signal;
}
