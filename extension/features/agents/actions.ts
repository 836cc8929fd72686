// What the tools do. Answers are text for a model: bounded, and never instructions of ours.

import { l10n, workspace } from 'vscode';
import type { Container } from '../../container.ts';
import type { Sandbox } from '../../../server/engine/api.ts';
import { stateText } from '../projects/state-text.ts';
import { mayStart } from '../run/may-start.ts';
import type { Target } from '../run/target.ts';
import type { ExecResult } from '../api/api.ts';
import { Bounded } from './bounded.ts';

export interface Inputs {
  readonly sandbox: string;
  /** Of a workspace with several Sandboxfiles: which one, as the list names it. */
  readonly file?: string;
}

export interface ExecInput extends Inputs {
  readonly command: string;
}

export interface FileInput extends Inputs {
  readonly path: string;
}

export const LOG_LINES = 200;

export async function list({ projects }: Container): Promise<string> {
  trusted();
  await projects.ready();
  const lines = projects.all.flatMap((file) => {
    const { failure, label } = file;
    const broken = failure === undefined ? [] : [`${label} cannot be used as it is: ${failure.message}`];
    const sandboxes = file.sandboxNames.map((name) => {
      const definition = file.project?.model.sandboxes.get(name);
      const scripts = [...(definition?.scripts.keys() ?? [])].join(', ');
      const state = stateText(file.state(name));
      return `${name} (${state}) file=${label} image=${definition?.image?.text ?? ''} scripts=[${scripts}]`;
    });
    return [...broken, ...sandboxes];
  });
  return lines.length === 0 ? 'The workspace has no sandboxes.' : lines.join('\n');
}

/** The plan has to be known to the user as for any other start. */
export async function start(container: Container, input: Inputs, signal: AbortSignal): Promise<string> {
  const { file, sandbox } = await targetOf(container, input);
  await running(container, { file, sandbox }, signal);
  return `Sandbox '${sandbox}' is running.`;
}

export async function execute(
  container: Container,
  input: ExecInput,
  signal: AbortSignal,
): Promise<ExecResult> {
  return executeIn(container, await targetOf(container, input), input.command, signal);
}

/** To its end. The sandbox is started when it does not run, if the user lets it. */
export async function executeIn(
  container: Container,
  target: Target,
  command: string,
  signal: AbortSignal,
): Promise<ExecResult> {
  trusted();
  const sandbox = await running(container, target, signal);
  const program = await sandbox.exec('sh', { args: ['-c', command], stdin: 'none', signal });
  const output = new Bounded();
  for await (const { data } of program.output) output.append(data);
  const { code } = await program.exit;
  return { exitCode: code, output: output.toString() };
}

export async function readFile(container: Container, input: FileInput, signal: AbortSignal): Promise<string> {
  const { file, sandbox } = await targetOf(container, input);
  const found = await file.project?.find(sandbox, { signal });
  if (found === undefined) return `Sandbox '${sandbox}' is not running.`;
  const content = new Bounded();
  for await (const chunk of found.files.read(input.path, { length: Bounded.bytes + 1, signal })) {
    content.append(chunk);
  }
  return content.toString();
}

export async function logs(container: Container, input: Inputs, signal: AbortSignal): Promise<string> {
  const { file, sandbox } = await targetOf(container, input);
  const project = await file.opened();
  const text = new Bounded();
  for await (const chunk of project.log(sandbox, { tail: LOG_LINES, signal })) text.append(chunk);
  return text.toString();
}

async function running(container: Container, target: Target, signal: AbortSignal): Promise<Sandbox> {
  const { file, sandbox } = target;
  const project = await file.opened();
  const found = await project.find(sandbox, { signal });
  if (found !== undefined) return found;
  if (!(await mayStart(container.approvals, target))) {
    throw new Error(l10n.t("The user did not allow the start of sandbox '{0}'.", sandbox));
  }
  return project.start(sandbox, { signal });
}

async function targetOf({ projects }: Container, { sandbox, file: label }: Inputs): Promise<Target> {
  trusted();
  await projects.ready();
  const [file, ...others] = projects.all.filter((each) => {
    return each.sandboxNames.includes(sandbox) && (label === undefined || each.label === label);
  });
  if (file === undefined) throw undefinedSandbox(sandbox);
  if (others.length === 0) return { file, sandbox };
  const labels = [file, ...others].map((each) => each.label).join(', ');
  throw new Error(l10n.t("Several Sandboxfiles define '{0}', say which one: {1}.", sandbox, labels));
}

export function undefinedSandbox(name: string): Error {
  return new Error(l10n.t("No Sandboxfile of this workspace defines '{0}'.", name));
}

function trusted(): void {
  if (!workspace.isTrusted)
    throw new Error(l10n.t('The workspace is not trusted: its sandboxes cannot be used.'));
}
