// usage: package [--all]    makes the .vsix of the editor's extension, for this machine or for all platforms

import { stat } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { bringUpToDate } from './build/builder.ts';
import { main } from './build/main.ts';
import { hostPlatform, platforms } from './build/platform.ts';
import { stepsFor } from './build/steps.ts';
import { packageExtension } from './package/vsix.ts';

const { values } = parseArgs({ options: { all: { type: 'boolean', default: false } } });
await main(async () => {
  const targets = values.all ? platforms : [hostPlatform()];
  await bringUpToDate(stepsFor(targets));
  for (const target of targets) {
    const file = await packageExtension(target);
    console.log(`${file}: ${((await stat(file)).size / 1e6).toFixed(1)} MB`);
  }
});
