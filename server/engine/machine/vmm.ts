import { dirname } from 'node:path';
import type { Assets } from './assets.ts';
import type { BackEndJson, VmmJson } from './gen/menv/machine/v1/machine_pb.js';

export type BackEnd = 'auto' | 'libkrun' | 'qemu';

/** What runs the guests. */
export interface VmmChoice {
  /** For this once, whatever a Sandboxfile asks for. */
  readonly wanted: BackEnd | undefined;
  /** For sandboxes whose file asks for nothing. */
  readonly otherwise: BackEnd;
  /** QEMU; a name is looked up in PATH. */
  readonly program: string;
  /** A libkrun instead of the installation's or the system's; empty: none. */
  readonly library: string;
}

/** What there is to choose from: each is `auto`, `libkrun`, `qemu`, or the program of a QEMU. */
export interface VmmWishes {
  /** Of the command or the environment; empty: none. */
  readonly now: string;
  /** Of the user's settings; empty: none. */
  readonly usually: string;
}

/** A file's wish goes between the two; it cannot name a program of the host. */
export function chooseVmm({ now, usually }: VmmWishes, library = ''): VmmChoice {
  const wanted = wishOf(now);
  const otherwise = wishOf(usually);
  return {
    wanted: wanted?.backEnd,
    otherwise: otherwise?.backEnd ?? 'auto',
    program: wanted?.program ?? otherwise?.program ?? DEFAULT_QEMU,
    library,
  };
}

/** From MENV_VMM, MENV_DEFAULT_VMM and MENV_LIBKRUN, where nothing else was said. */
export function vmmOf(said: Partial<VmmWishes> = {}, env: NodeJS.ProcessEnv = process.env): VmmChoice {
  const now = said.now ?? env['MENV_VMM'] ?? '';
  const usually = said.usually ?? env['MENV_DEFAULT_VMM'] ?? '';
  return chooseVmm({ now, usually }, env['MENV_LIBKRUN'] ?? '');
}

/** `file`: what the Sandboxfile asks for. */
export function vmmSpec(choice: VmmChoice, file: BackEnd | undefined, assets: Assets): VmmJson {
  const { wanted, otherwise, program, library } = choice;
  const backEnd = BACK_ENDS[wanted ?? file ?? otherwise];
  return { program, backEnd, folder: dirname(assets.krun), library };
}

function wishOf(text: string): { readonly backEnd: BackEnd; readonly program?: string } | undefined {
  if (text === '') return undefined;
  if (text === 'auto' || text === 'libkrun' || text === 'qemu') return { backEnd: text };
  return { backEnd: 'qemu', program: text };
}

const DEFAULT_QEMU = process.arch === 'arm64' ? 'qemu-system-aarch64' : 'qemu-system-x86_64';

const BACK_ENDS: Readonly<Record<BackEnd, BackEndJson>> = {
  auto: 'BACK_END_AUTO',
  libkrun: 'BACK_END_LIBKRUN',
  qemu: 'BACK_END_QEMU',
};
