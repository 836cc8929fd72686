import { exportPath, importPath, importTarget } from '../grammars/artifact.ts';
import { cpus, DEFAULT_CPUS, MAX_CPUS } from '../grammars/cpus.ts';
import { env } from '../grammars/env.ts';
import { groupVolumePath } from '../grammars/group-volume.ts';
import { hidePattern } from '../grammars/hide-pattern.ts';
import { hostname } from '../grammars/hostname.ts';
import { image } from '../grammars/image.ts';
import { ipv4 } from '../grammars/ipv4.ts';
import { DEFAULT_MEMORY_MIB, MAX_MEMORY_MIB, memory } from '../grammars/memory.ts';
import { port } from '../grammars/port.ts';
import { privateFolder } from '../grammars/private-folder.ts';
import { quota } from '../grammars/quota.ts';
import { volume } from '../grammars/volume.ts';
import { workdir } from '../grammars/workdir.ts';
import { path, referenceKey, string, strings, volumeKey } from './common.ts';
import { key, record } from './record.ts';
import { either, integer, list, map, text } from './values.ts';

const memorySize = integer(memory, {
  wanted: 'a size in MiB',
  minimum: 1,
  maximum: MAX_MEMORY_MIB,
  examples: ['1024', '2GiB'],
});

export const membership = record(
  {
    network: key(
      record(
        {
          ip: key(text(ipv4, { wanted: 'an IPv4 address' }), 'Address of this member in the group’s subnet.'),
          hostname: key(text(hostname, { wanted: 'a hostname' }), 'Name the other members resolve.'),
        },
        'a map with ip and hostname',
      ),
      'Place of this member in the group’s network.',
    ),
    volumes: key(
      map(
        referenceKey('group volume'),
        text(groupVolumePath, { wanted: 'an absolute guest path' }),
        'a map of volume names to guest paths',
      ),
      'Where the group’s volumes are mounted in this member.',
    ),
  },
  'a map with network and volumes',
);

const volumeOptions = record(
  {
    hide: key(
      list(
        text(hidePattern, { wanted: 'a pattern', examples: ['.env', '.git', 'secrets/*.pem'] }),
        'a list of patterns',
      ),
      'What does not exist for the guest: a name at any depth (`.env`), or with a slash a path from the volume’s top (`secrets/*.pem`), with `*`, `?`, `[a-z]` and `**`. Case does not count.',
    ),
    private: key(
      list(
        text(privateFolder, { wanted: 'a folder', examples: ['node_modules', '.venv', 'target'] }),
        'a list of folders',
      ),
      'Folders in the volume that are the sandbox’s own, on its disk: what the host has there is neither seen nor changed.',
    ),
    quota: key(
      integer(quota, { wanted: 'a size', examples: ['500 MB', '2GiB'] }),
      'By how much the guest may make the folder grow in a run; beyond it the disk is full (EDQUOT). Default: no limit.',
    ),
  },
  'a map with hide, private and quota',
);

/** Keys that sandboxes and builds share. */
export const componentKeys = {
  image: key(
    text(image, {
      wanted: 'an image reference or a path',
      examples: ['alpine:3.20', 'builtin:busybox', './rootfs'],
    }),
    'Root file system: an image reference, or the path of a root folder, an OCI layout or a docker archive.',
    { required: true },
  ),
  memory: key(memorySize, 'Guest memory in MiB, or with a unit: `512M`, `2GiB`.', {
    default: String(DEFAULT_MEMORY_MIB),
  }),
  cpus: key(
    integer(cpus, { wanted: 'a number of CPUs', minimum: 1, maximum: MAX_CPUS }),
    'Number of virtual CPUs.',
    { default: String(DEFAULT_CPUS) },
  ),
  volumes: key(
    list(
      text(volume, { wanted: 'host:guest', examples: ['./src:/app', './data:/data:ro'] }),
      'a list of host:guest',
    ),
    'Host folders and files mounted in the guest, `host:guest`, with `:ro` read-only.',
  ),
  volume_options: key(
    map(volumeKey, volumeOptions, 'a map of guest paths'),
    'More about volumes, by their guest path: what is hidden, folders of the sandbox’s own, a quota.',
  ),
  ports: key(
    list(text(port, { wanted: 'host:guest', examples: ['8080:80', '5353:53/udp'] }), 'a list of host:guest'),
    'Host ports forwarded to the guest, `host:guest`, with `/udp` for UDP.',
  ),
  envs: key(
    list(text(env, { wanted: 'KEY=VALUE', examples: ['MODE=dev'] }), 'a list of KEY=VALUE'),
    'Environment of the guest’s programs; values are taken literally.',
  ),
  env_file: key(path, 'File of `KEY=VALUE` lines, relative to the Sandboxfile; `envs` wins over it.'),
  workdir: key(
    text(workdir, { wanted: 'an absolute guest path' }),
    'Folder the guest’s programs start in. Default: the image’s, else `/`.',
  ),
  shell: key(string, 'Shell that runs the scripts, and that `msb shell` starts.', { default: '/bin/sh' }),
  command: key(
    either({ scalar: string, list: strings }, 'a list of strings'),
    'Program and arguments to run when there is no `start` script. Default: the image’s.',
  ),
  exec: key(string, 'Command line to run when there is no `start` script.', {
    deprecated: { instead: 'command' },
  }),
  imports: key(
    map(
      { grammar: referenceKey('artifact or build').grammar, name: 'artifact or build name' },
      either(
        {
          scalar: text(importTarget, { wanted: 'a path' }),
          map: map(
            referenceKey('artifact'),
            text(importPath, { wanted: 'an absolute guest path' }),
            'a map of artifacts to guest paths',
          ),
        },
        'a path or a map of artifacts',
      ),
      'a map of artifacts',
    ),
    'Artifacts of builds (`artifact: guest path`, or grouped by build) or of the host (`name: ./path`).',
  ),
  exports: key(
    map(
      referenceKey('artifact'),
      text(exportPath, { wanted: 'an absolute guest path' }),
      'a map of artifacts to guest paths',
    ),
    'Artifacts others can import: guest paths.',
  ),
  groups: key(
    map(referenceKey('group'), membership, 'a map of groups'),
    'Groups it belongs to, with its place in each.',
  ),
  ram: key(memorySize, 'Guest memory in MiB.', { deprecated: { instead: 'memory' } }),
};
