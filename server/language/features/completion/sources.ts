// Who knows what may stand where.

import { images } from './images.ts';
import * as names from './names.ts';
import type { Pattern } from './pattern.ts';
import { envFiles, files, hostImports, moduleFiles, volumes } from './paths.ts';
import { ports } from './ports.ts';
import type { CompletionContext, Found } from './suggestion.ts';
import * as values from './guest-values.ts';

type Source = (context: CompletionContext) => Found | Promise<Found>;

export const KEY_SOURCES: readonly (readonly [Pattern, Source])[] = [
  ['modules', moduleFiles],
  ['sandboxes', names.missing('sandbox')],
  ['builds', names.missing('build')],
  ['groups', names.missing('group')],
  ['modules/*', names.moduleComponents],
  ['@/*/scripts', names.scripts],
  ['builds/*/steps', names.scripts],
  ['@/*/imports', names.imports],
  ['@/*/imports/*', names.artifactsOfBuild],
  ['@/*/exports', names.exports],
  ['@/*/volume_options', values.volumesWithoutOptions],
  ['@/*/groups', names.groups],
  ['@/*/groups/*/volumes', names.groupVolumes],
];

export const VALUE_SOURCES: readonly (readonly [Pattern, Source])[] = [
  ['sandboxes/*/depends_on/[]', names.dependencies('sandbox')],
  ['builds/*/depends_on/[]', names.dependencies('build')],
  ['@/*/image', images],
  ['@/*/volumes/[]', volumes],
  ['@/*/ports/[]', ports],
  ['@/*/env_file', envFiles],
  ['@/*/envs/[]', names.environment],
  ['@/*/shell', values.shells],
  ['@/*/workdir', values.folders],
  ['@/*/imports/*', hostImports],
  ['@/*/groups/*/network/ip', values.addresses],
  ['@/*/groups/*/network/hostname', values.hostnames],
  ['groups/*/network/subnet', values.subnets],
  ['meta/readme', files],
  ['meta/icon', files],
  ['sandboxes/*/meta/readme', files],
  ['sandboxes/*/meta/icon', files],
  ['groups/*/meta/readme', files],
  ['groups/*/meta/icon', files],
];
