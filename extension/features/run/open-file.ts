import path from 'node:path';
import { l10n, Position, Range, Selection, TextEditorRevealType, Uri, window } from 'vscode';
import type { TextEditor } from 'vscode';
import type { Container } from '../../container.ts';
import { firstErrorIn } from '../projects/first-error.ts';
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
    await openBroken(broken);
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

async function openBroken({ uri, root, file, failure }: ProjectFile): Promise<void> {
  const error = firstErrorIn(failure?.message ?? '');
  if (error === undefined) {
    await window.showTextDocument(uri);
    return;
  }
  const place = error.file === file ? uri : Uri.file(path.resolve(root, error.file));
  const start = new Position(error.line - 1, error.column - 1);
  reveal(await window.showTextDocument(place), new Range(start, start));
}

function reveal(editor: TextEditor, range: Range): void {
  editor.selection = new Selection(range.start, range.end);
  editor.revealRange(range, TextEditorRevealType.InCenterIfOutsideViewport);
}
