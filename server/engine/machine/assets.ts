import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The native files of this host's platform. Whether they exist is seen when they are used. */
export interface Assets {
  /** The host binary. */
  readonly menv: string;
  readonly kernel: string;
  readonly agentDisk: string;
  readonly emptyDisk: string;
  readonly busybox: string;
  /** What runs guests on the hardware; libkrun itself may come with it, or be the system's. */
  readonly krun: string;
}

export function assetsIn(folder: string): Assets {
  return {
    menv: join(folder, 'menv'),
    kernel: join(folder, 'kernel'),
    agentDisk: join(folder, 'agent.img'),
    emptyDisk: join(folder, 'empty.img'),
    busybox: join(folder, 'busybox.tar'),
    krun: join(folder, 'menv-krun'),
  };
}

/**
 * MENV_ASSETS, else `dist/<platform>` of the package this module is part of: both the sources and
 * the bundles (`dist/<bundle>`) lie inside it.
 */
export function defaultAssetFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env['MENV_ASSETS'] !== undefined && env['MENV_ASSETS'] !== '') return env['MENV_ASSETS'];
  const here = fileURLToPath(import.meta.url);
  const inBundle = here.lastIndexOf('/dist/');
  const root = inBundle < 0 ? fileURLToPath(new URL('../../..', import.meta.url)) : here.slice(0, inBundle);
  return join(root, 'dist', `${process.platform}-${process.arch}`);
}

/** OCI platform of the guests: the host's processor. */
export function guestPlatform(): string {
  return process.arch === 'arm64' ? 'linux/arm64' : 'linux/amd64';
}

/** Guests start from templates, unless MENV_TEMPLATES is `off`. */
export function defaultTemplates(env: NodeJS.ProcessEnv = process.env): boolean {
  return env['MENV_TEMPLATES'] !== 'off';
}
