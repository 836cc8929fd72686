import { path, string, strings } from './common.ts';
import { key, record } from './record.ts';

export const meta = record(
  {
    authors: key(strings, 'Who wrote it, conventionally `Name <mail>`.'),
    description: key(string, 'What it is for.'),
    homepage: key(string, 'URL of the home page.'),
    repository: key(string, 'URL of the source repository.'),
    readme: key(path, 'Path of a readme, relative to the Sandboxfile.'),
    tags: key(strings, 'Words to find it by.'),
    icon: key(path, 'Path of an icon, relative to the Sandboxfile.'),
  },
  'a map of meta data',
);
