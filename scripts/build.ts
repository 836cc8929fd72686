// usage: build [--all]    brings dist/ up to date, for this machine or for all platforms

import { parseArgs } from 'node:util';
import { bringUpToDate } from './build/builder.ts';
import { main } from './build/main.ts';
import { hostPlatform, platforms } from './build/platform.ts';
import { stepsFor } from './build/steps.ts';

const { values } = parseArgs({ options: { all: { type: 'boolean', default: false } } });
await main(() => bringUpToDate(stepsFor(values.all ? platforms : [hostPlatform()])));
