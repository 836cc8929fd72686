// usage: generate    what is made from other files and committed: the wire contract, the reference, the notices

import { generate } from './build/generate.ts';
import { main } from './build/main.ts';
import { root } from './build/paths.ts';

await main(() => generate(root));
