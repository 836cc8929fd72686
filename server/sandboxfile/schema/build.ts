import { accept } from '../grammars/grammar.ts';
import { names, string, strings } from './common.ts';
import { componentKeys } from './component.ts';
import { key, record } from './record.ts';
import { either, map } from './values.ts';

const namedSteps = map({ grammar: accept, name: 'step name' }, string, 'a map of steps');

export const build = record(
  {
    ...componentKeys,
    depends_on: key(names('build'), 'Builds that run before this one.'),
    steps: key(
      either({ scalar: string, list: strings, map: namedSteps }, 'a list of commands'),
      'Commands run in order; the first that fails fails the build.',
    ),
    scripts: key(namedSteps, 'Older spelling of `steps`.', { deprecated: { instead: 'steps' } }),
  },
  'a map',
);
