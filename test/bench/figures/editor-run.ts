import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { obtainVsCodeServer } from '../../../scripts/check/vscode-server.ts';
import { dist } from '../../../scripts/build/paths.ts';
import { hostPlatform } from '../../../scripts/build/platform.ts';
import { packageExtension } from '../../../scripts/package/vsix.ts';
import { createEngine } from '../../../server/engine/index.ts';
import type { Engine } from '../../../server/engine/index.ts';
import { defaultAssetFolder } from '../../../server/engine/machine/assets.ts';
import { templatesMade } from '../../support/templates.ts';
import { Editor } from '../../vscode/support/session.ts';
import { clickToOutput } from '../editor/first-output.ts';
import type { ClickTimes } from '../editor/first-output.ts';
import { absolute, part } from '../figure.ts';
import type { Figure } from '../figure.ts';

const rounds = 7;
const output = 'first line';
const sandboxfile = `sandboxes:
  line:
    image: builtin:busybox
    memory: 128
    scope: none
    scripts:
      start: echo ${output}
`;

/** From a click in a real editor, beside the same start by the engine alone. */
export async function editorRun(): Promise<readonly Figure[]> {
  const before = { ...process.env };
  const cache = await mkdtemp(path.join(tmpdir(), 'bench-cache-'));
  try {
    process.env['SANDBOXFILE_VSCODE_SERVER'] = (await obtainVsCodeServer()).folder;
    process.env['SANDBOXFILE_VSIX'] = await packageExtension(hostPlatform());
    process.env['SANDBOXFILE_ARTIFACTS'] = path.join(dist, 'artifacts/bench');
    // The same programs on both sides: what others have learned of an image does not count for them.
    process.env['MENV_ASSETS'] = defaultAssetFolder();
    // As of a user: the editor's terminals keep their code compiled, though their sandboxes are elsewhere.
    process.env['XDG_CACHE_HOME'] = cache;
    return await measure();
  } finally {
    // The editor's place has set more of it, which is gone by now.
    for (const name of Object.keys(process.env))
      if (!(name in before)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, before);
    await rm(cache, { recursive: true, force: true });
  }
}

async function measure(): Promise<readonly Figure[]> {
  await using editor = await Editor.start();
  const folder = path.join(editor.place.root, 'project-of-bench');
  await mkdir(folder);
  await writeFile(path.join(folder, 'Sandboxfile'), sandboxfile);
  const engine = createEngine();
  try {
    // The first one asks, and leaves a template.
    const workbench = await editor.open(folder, 'bench');
    await workbench.openSandboxesView();
    await workbench.treeRow('line').waitFor();
    await workbench.command('Sandboxfile: Run Sandbox');
    await workbench.choose('line');
    await workbench.answerDialog('Start');
    await workbench.waitForTerminal(/R runs it again/);
    await templatesMade(editor.place.home);

    const clicks: ClickTimes[] = [];
    const starts: number[] = [];
    for (let round = 0; round < rounds; round++) {
      clicks.push(await clickToOutput(workbench, 'line', output));
      starts.push(await engineStart(engine, folder));
    }
    const added = clicks.map((click, round) => click.output - (starts[round] ?? 0));
    const feedback = clicks.map((click) => click.feedback);
    const terminals = clicks.map((click) => click.terminal);
    const programs = clicks.map((click) => click.program - click.terminal);
    const outputs = clicks.map((click) => click.output - click.program);
    const limit = (of: number): { limit: number; direction: 'at most' } => ({
      limit: of,
      direction: 'at most',
    });
    return [
      absolute('editor: click to first feedback', 'ms', feedback, limit(100)),
      absolute('editor: click to output, beyond the engine', 'ms', added, limit(250)),
      part('click to terminal', 'ms', terminals),
      part('terminal to its program', 'ms', programs),
      part('program to output', 'ms', outputs),
      part('the same start by the engine', 'ms', starts),
    ];
  } finally {
    await engine.close();
  }
}

async function engineStart(engine: Engine, root: string): Promise<number> {
  const started = performance.now();
  const project = await engine.openProject({ root });
  const { program, sandbox } = await project.run('line');
  let first: number | undefined;
  for await (const { data } of program.output) if (data.length > 0) first ??= performance.now() - started;
  await sandbox.ended;
  await project.close();
  if (first === undefined) throw new Error('the script printed nothing');
  return first;
}
