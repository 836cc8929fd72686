// Nothing of a Sandboxfile starts before the user has seen what it would do. The editor asks in a dialog
// and passes on what was agreed to; whatever gets here without (a task, a restored terminal, a file that
// changed meanwhile) is asked about here.

import type { Project, StartReview } from '../../engine/api.ts';
import type { Context } from '../context.ts';
import { printable } from '../render/style.ts';
import { nextKey } from './keys.ts';
import type { TerminalRequest } from './request.ts';
import { digestOf, shortened } from './review.ts';

export class NotApproved extends Error {
  override readonly name = 'NotApproved';
}

export async function ensureApproved(
  { stderr, errorStyle, interrupts }: Context,
  project: Project,
  { sandbox, approved }: TerminalRequest,
  onApproved: (digest: string) => void,
): Promise<void> {
  if ((await project.find(sandbox)) !== undefined) return;
  const review = await project.review(sandbox);
  const digest = digestOf(review);
  if (approved.includes(digest)) return;
  await stderr.write(`${errorStyle.yellow('This starts, as the Sandboxfile says now:')}\n`);
  await stderr.write(`${describe(review).join('\n')}\n\nStart it? [y/N] `);
  const key = await nextKey(interrupts);
  await stderr.write('\n');
  if (key.toLowerCase() !== 'y') throw new NotApproved(`sandbox '${sandbox}' was not started`);
  onApproved(digest);
}

function describe(review: StartReview): readonly string[] {
  const { image, scope, allow, deny, secrets, vmm, ports, mounts, envFile, commands } = review;
  const links = new Map(review.links.map(({ path, target }) => [path, target]));
  const place = (path: string): string => {
    const target = links.get(path);
    return target === undefined ? path : `${path} (a link to ${target})`;
  };
  return [
    `  image     ${place(image)}`,
    `  network   ${scope}`,
    ...allow.map((rule) => `  only      ${rule}`),
    ...deny.map((rule) => `  never     ${rule}`),
    ...secrets.map(({ name, hosts }) => `  secret    ${name} for ${hosts.join(', ')}`),
    ...(vmm === undefined
      ? []
      : [`  vmm       ${vmm}${vmm === 'qemu' ? ', also where the hardware could run it' : ''}`]),
    ...ports.map((port) => `  port      ${port}`),
    ...mounts.map(
      ({ host, guest, readOnly, options }) =>
        `  mount     ${place(host)} -> ${guest}${readOnly ? ' (read-only)' : ''}${hidden(options?.hide)}`,
    ),
    ...(envFile === undefined ? [] : [`  env file  ${place(envFile)}`]),
    ...commands.map(({ name, text }) => `  ${name.padEnd(9)} ${shortened(text)}`),
  ].map((line) => printable(line).replaceAll('\n', ' '));
}

function hidden(patterns: readonly string[] = []): string {
  return patterns.length === 0 ? '' : ` without ${shortened(patterns.join(', '))}`;
}
