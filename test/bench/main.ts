// usage: npm run bench [-- [--json] [NAME...]]    NAME: cold-start exec bulk footprint npm-start
//
// A figure over its bar is said to be; the exit status tells only whether everything was measured.

import { parseArgs } from 'node:util';
import { Bench } from './bench.ts';
import type { Figure } from './figure.ts';
import { bulk } from './figures/bulk.ts';
import { coldStart } from './figures/cold-start.ts';
import { exec } from './figures/exec.ts';
import { footprint } from './figures/footprint.ts';
import { secondNpmStart } from './figures/npm-start.ts';
import { headline, json, line } from './report.ts';

const measurements = new Map<string, (bench: Bench) => Promise<readonly Figure[]>>([
  ['cold-start', coldStart],
  ['exec', exec],
  ['bulk', bulk],
  ['footprint', footprint],
  ['npm-start', secondNpmStart],
]);

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !measurements.has(name));
if (unknown.length > 0) throw new Error(`no such figure: ${unknown.join(', ')}`);

const figures: Figure[] = [];
await using bench = await Bench.create();
if (!values.json) console.log(headline());
for (const [name, measure] of measurements) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  try {
    for (const figure of await measure(bench)) {
      figures.push(figure);
      if (!values.json) console.log(line(figure));
    }
  } catch (error) {
    console.error(`${name} could not be measured:`, error);
    process.exitCode = 1;
  }
}
if (values.json) console.log(json(figures));
