// usage: bench [ARGS...]    measures the product that is built from the sources as they are

import path from 'node:path';
import { bringUpToDate } from './build/builder.ts';
import { main } from './build/main.ts';
import { root } from './build/paths.ts';
import { hostPlatform } from './build/platform.ts';
import { stepsFor } from './build/steps.ts';

await main(async () => {
  await bringUpToDate(stepsFor([hostPlatform()]));
  await import(path.join(root, 'test/bench/main.ts'));
});
