import { groupVolumePath } from '../grammars/group-volume.ts';
import { subnet } from '../grammars/ipv4.ts';
import { componentKey } from './common.ts';
import { meta } from './meta.ts';
import { key, record } from './record.ts';
import { version } from './sandbox.ts';
import { map, text } from './values.ts';

export const group = record(
  {
    version: key(version, 'Version of the definition, `X.Y.Z`.'),
    meta: key(meta, 'Description for people.'),
    network: key(
      record(
        {
          subnet: key(
            text(subnet, { wanted: 'an IPv4 subnet', examples: ['10.0.1.0/24'] }),
            'Subnet of the group.',
          ),
        },
        'a map with subnet',
      ),
      'Network of the group.',
    ),
    volumes: key(
      map(
        componentKey('volume'),
        text(groupVolumePath, { wanted: 'an absolute guest path' }),
        'a map of volume names to guest paths',
      ),
      'Folders that the members share, each with its default mount point; kept in `menv/volumes`.',
    ),
  },
  'a map',
);
