// msb. What is loaded from here on is kept compiled.

import { keepCompiled } from '../compile-cache.ts';

keepCompiled();
await import('./msb.ts');
