import { generate } from './build/generate.ts';
import { main } from './build/main.ts';
import { root } from './build/paths.ts';

await main(() => generate(root));
