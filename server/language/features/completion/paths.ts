import { CompletionItemKind } from 'vscode-languageserver-types';
import { resolveHostPath, volume } from '../../../sandboxfile/index.ts';
import type { FolderEntry } from '../../providers.ts';
import { answer } from '../answer.ts';
import { ownComponent } from './names.ts';
import {
  all,
  join,
  NOTHING,
  typed,
  type CompletionContext,
  type Found,
  type Suggestion,
} from './suggestion.ts';

/** Guest folders that projects use by habit. */
const GUEST_FOLDERS: readonly string[] = ['/app', '/workspace', '/data'];

export function files(context: CompletionContext): Promise<Found> {
  return entries(context, typed(context), { rest: '', wanted: () => true });
}

export function envFiles(context: CompletionContext): Promise<Found> {
  const preferred = (name: string) => /^\.env|\.env$/.test(name);
  return entries(context, typed(context), { rest: '', wanted: () => true, hidden: preferred, preferred });
}

export function moduleFiles(context: CompletionContext): Promise<Found> {
  const wanted = ({ name, folder }: FolderEntry) =>
    folder || /^Sandboxfile|\.sandboxfile$|\.ya?ml$/.test(name);
  return entries(context, typed(context), { rest: '', wanted });
}

/** Behind the key of a flat import: a host path, or a guest path that nobody here knows. */
export function hostImports(context: CompletionContext): Promise<Found> | Found {
  const prefix = typed(context);
  return prefix.startsWith('/') ? NOTHING : entries(context, prefix, { rest: '', wanted: () => true });
}

export async function volumes(context: CompletionContext): Promise<Found> {
  const prefix = typed(context);
  const whole = context.document.text.slice(context.cursor.token.start, context.cursor.token.end);
  const first = separator(prefix);
  if (first < 0) {
    const end = separator(whole);
    const rest = end < 0 ? '' : whole.slice(end);
    return entries(context, prefix, { rest, wanted: () => true, closed: true });
  }
  const second = prefix.indexOf(':', first + 1);
  if (second >= 0) {
    const pair = prefix.slice(0, second);
    return all([mode(pair, 'ro', 'read-only'), mode(pair, 'rw', 'read-write')]);
  }
  return all(guestSides(context, prefix.slice(0, first), whole.slice(prefix.length)));
}

/** The colon behind the host path, a drive's left out. */
function separator(text: string): number {
  return text.indexOf(':', /^[A-Za-z]:[\\/]/.test(text) ? 2 : 0);
}

function mode(pair: string, text: string, detail: string): Suggestion {
  return { text: `${pair}:${text}`, kind: CompletionItemKind.EnumMember, rank: 1, detail };
}

function guestSides(context: CompletionContext, host: string, behind: string): readonly Suggestion[] {
  const mode = /:(?:ro|rw)$/.exec(behind)?.[0] ?? '';
  const base = /([^/\\]+)[/\\]*$/.exec(host)?.[1];
  const workdir = ownComponent(context)?.workdir;
  const named = base === undefined || base === '.' || base === '..' ? [] : [`/${base}`];
  const guests = new Set([...(workdir === undefined ? [] : [workdir]), ...named, ...GUEST_FOLDERS]);
  return [...guests]
    .map((guest) => `${host}:${guest}${mode}`)
    .filter((text) => volume(text).ok)
    .map((text) => ({ text, kind: CompletionItemKind.Folder, rank: 1, detail: 'path in the guest' }));
}

interface Wish {
  /** What stands behind the path in the same scalar. */
  readonly rest: string;
  readonly wanted: (entry: FolderEntry) => boolean;
  /** Hidden files that are shown without a dot being typed. */
  readonly hidden?: (name: string) => boolean;
  readonly preferred?: (name: string) => boolean;
  /** A folder is an answer, not only a step. */
  readonly closed?: boolean;
}

async function entries(context: CompletionContext, prefix: string, wish: Wish): Promise<Found> {
  const { workspace, document, signal } = context;
  const { files } = workspace.providers;
  const { folder: home } = document.project.origin;
  if (files === undefined || home === '' || prefix.includes('\0')) return NOTHING;
  const slash = Math.max(prefix.lastIndexOf('/'), prefix.lastIndexOf('\\'));
  const folder = slash < 0 ? './' : prefix.slice(0, slash + 1);
  const start = prefix.slice(slash + 1);
  const found = await answer((limit) => files.list(resolveHostPath(home, folder), limit), signal);
  if (found === undefined) return { suggestions: [], complete: false };
  const shown = found.filter(
    (entry) =>
      wish.wanted(entry) &&
      entry.name.startsWith(slash < 0 && start === '.' ? '' : start) &&
      (start.startsWith('.') || !entry.name.startsWith('.') || wish.hidden?.(entry.name) === true),
  );
  const suggestions = shown.map((entry): Suggestion => {
    const step = entry.folder && wish.closed !== true;
    return {
      text: `${folder}${entry.name}${step ? '/' : ''}${wish.rest}`,
      kind: entry.folder ? CompletionItemKind.Folder : CompletionItemKind.File,
      rank: wish.preferred?.(entry.name) === true ? 0 : entry.folder ? 2 : 1,
      partial: step,
    };
  });
  const up: Suggestion = { text: '../', kind: CompletionItemKind.Folder, rank: 6, partial: true };
  return slash < 0 && wish.closed !== true ? join(all(suggestions), all([up])) : all(suggestions);
}
