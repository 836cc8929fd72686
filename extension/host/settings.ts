// The user's settings, typed as the manifest has them; a test keeps names and defaults equal.

import { workspace } from 'vscode';
import type { Uri } from 'vscode';
import { SETTINGS } from '../contributions.ts';
import type { SettingValues } from '../contributions.ts';

/** `scope`: the file that it is asked for; folders of a workspace can differ in some. */
export function setting<K extends keyof SettingValues>(key: K, scope?: Uri): SettingValues[K] {
  const { name, value } = SETTINGS[key];
  return workspace.getConfiguration(undefined, scope).get<SettingValues[K]>(name, value as SettingValues[K]);
}

/** What the engine and the programs it starts find in their environment. */
export function engineEnvironment(): Readonly<Record<string, string>> {
  const [home, vmm, pauseAfter] = [setting('home'), setting('vmm'), setting('pauseAfterSeconds')];
  return {
    ...(home === '' ? {} : { MENV_HOME: home }),
    ...(vmm === '' ? {} : { MENV_DEFAULT_VMM: vmm }),
    ...(pauseAfter === 0 ? {} : { MENV_IDLE_PAUSE: String(pauseAfter) }),
  };
}
