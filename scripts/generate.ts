import { generate } from './build/generate.ts';
import { root } from './build/paths.ts';

await generate(root);
