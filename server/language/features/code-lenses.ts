import type { CodeLens, Command, Range } from 'vscode-languageserver-types';
import type { Sandbox, Steps } from '../../sandboxfile/index.ts';
import type { LanguageDocument, LanguageWorkspace } from '../document-types.ts';
import { limited, type Limited } from './limited.ts';

/** What the commands get, as their one argument. */
export interface LensTarget {
  /** The file. */
  readonly uri: string;
  readonly sandbox: string;
  readonly script?: string;
}

/** The same for a build. */
export interface BuildTarget {
  readonly uri: string;
  readonly build: string;
}

export const LENS_COMMANDS = {
  run: 'sandboxfile.run',
  stop: 'sandboxfile.stop',
  test: 'sandboxfile.test',
  openTerminal: 'sandboxfile.openTerminal',
  /** Only for clients that say that they have it. */
  build: 'sandboxfile.build',
} as const;

/** More makes editors slow and helps nobody. */
const MAX_LENSES = 5_000;

/** What can be done now with each sandbox, above its name, and with each script, above its. */
export function* codeLenses(
  workspace: LanguageWorkspace,
  document: LanguageDocument,
  commands: ReadonlySet<string>,
): Steps<Limited<CodeLens>> {
  const { sandboxes, origin } = document.project;
  const lenses: CodeLens[] = [];
  for (const sandbox of sandboxes.values()) {
    if (lenses.length > MAX_LENSES) break;
    if (sandbox.origin !== origin) continue;
    lenses.push(...sandboxLenses(workspace, document, sandbox), ...scriptLenses(document, sandbox));
    yield;
  }
  if (commands.has(LENS_COMMANDS.build)) lenses.push(...buildLenses(document));
  return limited(lenses, MAX_LENSES);
}

function buildLenses({ project, uri, lines }: LanguageDocument): readonly CodeLens[] {
  return [...project.builds.values()]
    .filter(({ origin }) => origin === project.origin)
    .map(({ name, place }) => lens(lines.rangeOf(place.name), '▶ Build', 'build', { uri, build: name }));
}

function sandboxLenses(
  { providers }: LanguageWorkspace,
  { uri, path, lines }: LanguageDocument,
  { name, place, scripts }: Sandbox,
): readonly CodeLens[] {
  const range = lines.rangeOf(place.name);
  const target: LensTarget = { uri, sandbox: name };
  const state = providers.sandboxes?.state(path, name);
  const isUp = state !== undefined && state !== 'stopped';
  const test = [...scripts.keys()].find(isTest);
  return [
    isUp ? lens(range, '■ Stop', 'stop', target) : lens(range, '▶ Run', 'run', target),
    ...(test === undefined ? [] : [lens(range, '▶ Test', 'test', { ...target, script: test })]),
    lens(range, 'Open Terminal', 'openTerminal', target),
  ];
}

/** Scripts that an alias or merge key brings belong to the place where they are written. */
function scriptLenses(
  { uri, lines }: LanguageDocument,
  { name, fields, place }: Sandbox,
): readonly CodeLens[] {
  const own = [...(fields.scripts?.value ?? [])].filter(
    ([, { key }]) => key.start > place.name.end && key.end <= place.value.end,
  );
  return own.map(([script, { key }]) => {
    const target = { uri, sandbox: name, script };
    const range = lines.rangeOf(key);
    return isTest(script) ? lens(range, '▶ Test', 'test', target) : lens(range, '▶ Run', 'run', target);
  });
}

/** Scripts that the tests of the editor show too. */
function isTest(script: string): boolean {
  return /^test(?![a-z])/.test(script);
}

function lens(
  range: Range,
  title: string,
  command: keyof typeof LENS_COMMANDS,
  target: LensTarget | BuildTarget,
): CodeLens {
  const action: Command = { title, command: LENS_COMMANDS[command], arguments: [target] };
  return { range, command: action };
}
