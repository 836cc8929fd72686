// usage: docs    the reference page and the JSON schema, from the language's schema

import { main } from './build/main.ts';
import { root } from './build/paths.ts';
import { writeDocs } from './docs/write.ts';

await main(() => writeDocs(root));
