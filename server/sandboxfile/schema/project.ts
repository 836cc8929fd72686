import { build } from './build.ts';
import { componentKey, referenceKey } from './common.ts';
import { componentName } from '../grammars/name.ts';
import { group } from './group.ts';
import { meta } from './meta.ts';
import { key, record } from './record.ts';
import { sandbox } from './sandbox.ts';
import { map, text } from './values.ts';

const importedComponent = record(
  {
    as: key(text(componentName, { wanted: 'a name' }), 'Name of the component in this file.'),
  },
  'a map with as',
);

/** The whole file. */
export const project = record(
  {
    meta: key(meta, 'Description of the project for people.'),
    modules: key(
      map(
        referenceKey('module'),
        map(referenceKey('component'), importedComponent, 'a map of components'),
        'a map of modules',
      ),
      'Components imported from other files: path, then component name, then optionally `as: <new name>`.',
    ),
    builds: key(map(componentKey('build'), build, 'a map of builds'), 'Builds that produce artifacts.'),
    sandboxes: key(map(componentKey('sandbox'), sandbox, 'a map of sandboxes'), 'The project’s sandboxes.'),
    groups: key(
      map(componentKey('group'), group, 'a map of groups'),
      'Groups of sandboxes that share a network and volumes.',
    ),
  },
  'a map',
);
