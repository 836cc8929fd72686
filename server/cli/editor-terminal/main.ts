// The program in a terminal of the editor. What is loaded from here on is kept compiled.

import { keepCompiled } from '../../compile-cache.ts';

keepCompiled();
await import('./terminal.ts');
