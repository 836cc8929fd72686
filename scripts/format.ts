// Formats every source file in place.

import path from 'node:path';
import { run } from './build/command.ts';
import { findGo } from './build/go.ts';
import { main } from './build/main.ts';
import { native, root } from './build/paths.ts';

await main(async () => {
  const go = await findGo();
  await run(path.join(root, 'node_modules/.bin/prettier'), ['--write', '--log-level', 'warn', '.'], {
    cwd: root,
  });
  await run(path.join(go.root, 'bin/gofmt'), ['-w', 'cmd', 'internal', 'tools'], { cwd: native });
});
