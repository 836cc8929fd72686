import type { Context } from '../context.ts';
import { exitFailure } from '../exit-codes.ts';
import { locateProject } from '../project-location.ts';
import { renderDiagnosis, renderDiagnosisAsJson } from '../render/doctor.ts';
import { styleOf } from '../render/style.ts';
import type { InvocationOf } from './index.ts';

/** Fails when something keeps sandboxes from running. */
export async function doctor(
  context: Context,
  { path, json, probe, fix }: InvocationOf<'doctor'>,
): Promise<number> {
  const project = await locateProject(path, process.cwd());
  const engine = await context.engine();
  const diagnosis = await engine.doctor({ project, probe, fix, signal: context.interrupts.signal });
  const text = json
    ? renderDiagnosisAsJson(diagnosis)
    : renderDiagnosis(diagnosis, styleOf(process.stdout, process.env));
  await context.stdout.write(text);
  return diagnosis.healthy ? 0 : exitFailure;
}
