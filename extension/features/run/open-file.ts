import { l10n, Range, Selection, TextEditorRevealType, window } from 'vscode';
import type { TextEditor } from 'vscode';
import type { Container } from '../../container.ts';
import type { ProjectFile } from '../projects/project-file.ts';
import { pickSandbox } from './pick.ts';
import { hintOf } from './target.ts';

/** Opens the Sandboxfile where it is broken, or else where it defines the sandbox. */
export async function openFile({ projects }: Container, argument: unknown): Promise<void> {
  const hint = hintOf(argument);
  const broken = projects.all.find(({ uri, failure }) => {
    return failure !== undefined && uri.toString() === hint.uri?.toString();
  });
  if (broken !== undefined) {
    reveal(await window.showTextDocument(broken.uri), firstError(broken));
    return;
  }
  const target = await pickSandbox(projects, hint, { title: l10n.t('Open Sandboxfile') });
  if (target === undefined) return;
  const editor = await window.showTextDocument(target.file.uri);
  const place = target.file.project?.model.sandboxes.get(target.sandbox)?.place.name;
  if (place === undefined) return;
  const start = editor.document.positionAt(place.start);
  reveal(editor, new Range(start, start));
}

/** The engine names each problem as `file:line:column: error`. */
function firstError({ failure }: ProjectFile): Range {
  const [, line = 1, column = 1] = /:(\d+):(\d+): error/.exec(failure?.message ?? '') ?? [];
  const [row, character] = [Number(line) - 1, Number(column) - 1];
  return new Range(row, character, row, character);
}

function reveal(editor: TextEditor, range: Range): void {
  editor.selection = new Selection(range.start, range.end);
  editor.revealRange(range, TextEditorRevealType.InCenterIfOutsideViewport);
}
