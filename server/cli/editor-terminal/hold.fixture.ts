// Test fixture: a terminal whose program has failed.

import { createContext } from '../context.ts';
import { askWhatNext } from './hold.ts';

const context = createContext('info');
const status = { code: 3, signal: 0, outOfMemory: false };
const again = await askWhatNext(context, status);
await context.stdout.write(`${again ? 'again' : 'closes'} ${context.interrupts.received ?? 'asked'}\n`);
await context.stdout.flush();
process.exit(0);
