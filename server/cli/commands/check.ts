import { join, relative } from 'node:path';
import type { Context } from '../context.ts';
import { exitFailure } from '../exit-codes.ts';
import { locateProject } from '../project-location.ts';
import { renderProblems, renderProblemsAsJson } from '../render/problems.ts';
import type { InvocationOf } from './index.ts';

export async function check(
  context: Context,
  { path, json, strict }: InvocationOf<'check'>,
): Promise<number> {
  const location = await locateProject(path, process.cwd());
  const engine = await context.engine();
  const problems = await engine.check({ ...location, signal: context.interrupts.signal });
  const render = json ? renderProblemsAsJson : renderProblems;
  await context.stdout.write(render(relative(process.cwd(), join(location.root, location.file)), problems));
  const fails = problems.some(({ severity }) => severity === 'error' || (strict && severity === 'warning'));
  return fails ? exitFailure : 0;
}
