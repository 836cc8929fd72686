// The language server over standard input and output. What is loaded from here on is kept compiled.

import { keepCompiled } from '../compile-cache.ts';

keepCompiled();
const { listen } = await import('../language/stdio.ts');
listen(async () => {
  const { openLive } = await import('./live.ts');
  return openLive();
});
