// Test fixture: says something and ends when its terminal has shown it.

import { createContext } from '../context.ts';
import { allShown } from './shown.ts';

const context = createContext('info');
await context.stdout.write('said\n');
await allShown(context);
await context.stdout.write('ends\n');
await context.stdout.flush();
process.exit(0);
