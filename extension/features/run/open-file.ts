import path from 'node:path';
import { l10n, Position, Range, Selection, TextEditorRevealType, Uri, window } from 'vscode';
import type { TextEditor } from 'vscode';
import type { SandboxModel } from '../../../server/engine/index.ts';
import type { Container } from '../../container.ts';
import { firstErrorIn } from '../projects/first-error.ts';
import type { ProjectFile } from '../projects/project-file.ts';
import type { Node } from '../tree/nodes.ts';
import { pickSandbox } from './pick.ts';
import { hintOf } from './target.ts';

/** Opens the Sandboxfile where it is broken, or else where it defines the sandbox, build or group. */
export async function openFile({ projects }: Container, argument: unknown): Promise<void> {
  const component = componentOf(argument);
  const hint = component === undefined ? hintOf(argument) : { uri: component.file.uri };
  const broken = projects.all.find(({ uri, failure }) => {
    return failure !== undefined && uri.toString() === hint.uri?.toString();
  });
  if (broken !== undefined) {
    await openBroken(broken);
    return;
  }
  if (component !== undefined) {
    await openAt(component.file, component.place);
    return;
  }
  const target = await pickSandbox(projects, hint, { title: l10n.t('Open Sandboxfile') });
  if (target === undefined) return;
  await openAt(target.file, target.file.project?.model.sandboxes.get(target.sandbox)?.place.name);
}

type Span = SandboxModel['place']['name'];

interface Component {
  readonly file: ProjectFile;
  readonly place?: Span;
}

/** Of a node of the tree that is no sandbox. */
function componentOf(argument: unknown): Component | undefined {
  if (typeof argument !== 'object' || argument === null || !('kind' in argument)) return undefined;
  const node = argument as Node;
  if (node.kind !== 'build' && node.kind !== 'group') return undefined;
  const { file } = node;
  const model = file.project?.model;
  const found = node.kind === 'build' ? model?.builds.get(node.build) : model?.groups.get(node.group);
  return found === undefined ? { file } : { file, place: found.place.name };
}

async function openAt({ uri }: ProjectFile, place: Span | undefined): Promise<void> {
  const editor = await window.showTextDocument(uri);
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
