import type { Check } from './check.ts';
import { checkDependencies } from './dependencies.ts';
import { checkEnvs } from './envs.ts';
import { checkGroups } from './groups.ts';
import { checkImports } from './imports.ts';
import { checkLinks } from './links.ts';
import { checkNames } from './names.ts';
import { checkOutbound } from './outbound.ts';
import { checkPorts } from './ports.ts';
import { checkSecrets } from './secrets.ts';
import { checkUnused } from './unused.ts';
import { checkVolumeOptions } from './volume-options.ts';
import { checkVolumes } from './volumes.ts';

/** Everything that can be said about a file without looking at the host. */
export const CHECKS: readonly Check[] = [
  checkNames,
  checkVolumes,
  checkVolumeOptions,
  checkPorts,
  checkEnvs,
  checkOutbound,
  checkSecrets,
  checkDependencies,
  checkImports,
  checkGroups,
  checkLinks,
  checkUnused,
];
