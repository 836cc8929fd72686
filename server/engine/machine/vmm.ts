import { dirname } from 'node:path';
import type { Assets } from './assets.ts';
import type { BackEndJson, VmmJson } from './gen/menv/machine/v1/machine_pb.js';

/** What runs the guests. */
export interface VmmChoice {
  readonly backEnd: 'auto' | 'libkrun' | 'qemu';
  /** QEMU; a name is looked up in PATH. */
  readonly program: string;
  /** A libkrun instead of the installation's or the system's; empty: none. */
  readonly library: string;
}

/** `auto`, `libkrun`, `qemu`, or the program of a QEMU. */
export function vmmChoice(text: string, env: NodeJS.ProcessEnv = process.env): VmmChoice {
  const common = { program: DEFAULT_QEMU, library: env['MENV_LIBKRUN'] ?? '' };
  switch (text) {
    case '':
    case 'auto':
      return { ...common, backEnd: 'auto' };
    case 'libkrun':
    case 'qemu':
      return { ...common, backEnd: text };
    default:
      return { ...common, backEnd: 'qemu', program: text };
  }
}

export function defaultVmm(env: NodeJS.ProcessEnv = process.env): VmmChoice {
  return vmmChoice(env['MENV_VMM'] ?? '', env);
}

export function vmmSpec({ backEnd, program, library }: VmmChoice, assets: Assets): VmmJson {
  return { program, backEnd: BACK_ENDS[backEnd], folder: dirname(assets.krun), library };
}

const DEFAULT_QEMU = process.arch === 'arm64' ? 'qemu-system-aarch64' : 'qemu-system-x86_64';

const BACK_ENDS: Readonly<Record<VmmChoice['backEnd'], BackEndJson>> = {
  auto: 'BACK_END_AUTO',
  libkrun: 'BACK_END_LIBKRUN',
  qemu: 'BACK_END_QEMU',
};
