// What a user has to know before a sandbox of a file that somebody else may have written is started:
// all that reaches beyond the sandbox, and what runs in it.

import { formatPort } from '../grammars/port.ts';
import { formatSecretHost } from '../grammars/secret.ts';
import type { Scope } from '../grammars/scope.ts';
import type { BackEnd } from '../grammars/vmm.ts';
import { envFilePath, imageSource, planSandbox, type Mount } from './sandbox.ts';
import type { Sandbox } from '../model.ts';

export interface StartReview {
  readonly sandbox: string;
  /** As the image resolver takes it; empty when the file names none. */
  readonly image: string;
  readonly scope: Scope;
  /** Rules that narrow it, as written; without `allow` it reaches all of its scope. */
  readonly allow: readonly string[];
  readonly deny: readonly string[];
  /** Values that it may use, with the hosts that each is for. */
  readonly secrets: readonly { readonly name: string; readonly hosts: readonly string[] }[];
  /** The back end that the file asks for, instead of the user's choice; `qemu` may be the weaker wall. */
  readonly vmm: BackEnd | undefined;
  /** As `host:guest`. */
  readonly ports: readonly string[];
  readonly mounts: readonly Mount[];
  /** Absolute path of a file whose variables enter the sandbox. */
  readonly envFile: string | undefined;
  /** Of the paths above, those that lead elsewhere by symbolic links: a clone may have brought these. */
  readonly links: readonly Link[];
  /** Everything of the file that can be run, by name. */
  readonly commands: readonly { readonly name: string; readonly text: string }[];
  /** Changes with anything of the above. */
  readonly identity: string;
}

export interface Link {
  readonly path: string;
  readonly target: string;
}

/** Absolute paths of the host that a start reads or shows to the sandbox. */
export function reviewedPaths(sandbox: Sandbox): readonly string[] {
  const { image } = sandbox;
  const envFile = envFilePath(sandbox);
  return [
    ...(image?.kind === 'path' ? [imageSource(image, sandbox.origin)] : []),
    ...planSandbox(sandbox).mounts.map(({ host }) => host),
    ...(envFile === undefined ? [] : [envFile]),
  ];
}

/** `links`: of the reviewed paths. */
export function reviewStart(sandbox: Sandbox, links: readonly Link[] = []): StartReview {
  const { mounts, ports, scope, allow, deny, secrets, vmm, shell } = planSandbox(sandbox);
  const review = {
    sandbox: sandbox.name,
    image: sandbox.image === undefined ? '' : imageSource(sandbox.image, sandbox.origin),
    scope,
    allow: allow.map(({ text }) => text),
    deny: deny.map(({ text }) => text),
    secrets: secrets.map(({ name, hosts }) => ({ name, hosts: hosts.map(formatSecretHost) })),
    vmm,
    ports: ports.map(formatPort),
    mounts,
    envFile: envFilePath(sandbox),
    links,
    commands: commandsOf(sandbox, shell),
  };
  return { ...review, identity: JSON.stringify(review) };
}

function commandsOf(sandbox: Sandbox, shell: string): StartReview['commands'] {
  const scripts = [...sandbox.scripts].map(([name, text]) => ({ name, text }));
  const command = sandbox.command.length === 0 ? [] : [{ name: 'command', text: sandbox.command.join(' ') }];
  return [...scripts, ...command, { name: 'shell', text: shell }];
}
