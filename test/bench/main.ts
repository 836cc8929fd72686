// usage: npm run bench [-- [--json] [NAME...]]    NAME: cold-start clone-start pool-start idle-clones fork exec bulk volumes ports footprint npm-start language editor editor-run images image-start snapshot network jail krun
//
// A figure over its bar is said to be; the exit status tells only whether everything was measured.

import { parseArgs } from 'node:util';
import { Bench } from './bench.ts';
import type { Figure } from './figure.ts';
import { bulk } from './figures/bulk.ts';
import { cloneStart } from './figures/clone-start.ts';
import { coldStart } from './figures/cold-start.ts';
import { editor } from './figures/editor.ts';
import { editorRun } from './figures/editor-run.ts';
import { exec } from './figures/exec.ts';
import { footprint } from './figures/footprint.ts';
import { fork } from './figures/fork.ts';
import { idleClones } from './figures/idle-clones.ts';
import { imageStart } from './figures/image-start.ts';
import { images } from './figures/images.ts';
import { jail } from './figures/jail.ts';
import { krun } from './figures/krun.ts';
import { language } from './figures/language.ts';
import { network } from './figures/network.ts';
import { secondNpmStart } from './figures/npm-start.ts';
import { poolStart } from './figures/pool-start.ts';
import { snapshot } from './figures/snapshot.ts';
import { ports } from './figures/ports.ts';
import { volumes } from './figures/volumes.ts';
import { headline, json, line } from './report.ts';

type Measure = (bench: () => Promise<Bench>) => Promise<readonly Figure[]>;

const withVm =
  (measure: (bench: Bench) => Promise<readonly Figure[]>): Measure =>
  async (bench) =>
    measure(await bench());

const measurements = new Map<string, Measure>([
  ['cold-start', withVm(coldStart)],
  ['clone-start', withVm(cloneStart)],
  ['pool-start', withVm(poolStart)],
  ['idle-clones', withVm(idleClones)],
  ['fork', withVm(fork)],
  ['exec', withVm(exec)],
  ['bulk', withVm(bulk)],
  ['ports', withVm(ports)],
  ['volumes', volumes],
  ['footprint', withVm(footprint)],
  ['npm-start', withVm(secondNpmStart)],
  ['language', language],
  ['editor', editor],
  ['editor-run', editorRun],
  ['images', images],
  ['image-start', withVm(imageStart)],
  ['snapshot', withVm(snapshot)],
  ['network', withVm(network)],
  ['jail', jail],
  ['krun', krun],
]);

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !measurements.has(name));
if (unknown.length > 0) throw new Error(`no such figure: ${unknown.join(', ')}`);

const figures: Figure[] = [];
await using resources = new AsyncDisposableStack();
let created: Promise<Bench> | undefined;
/** Made when the first figure wants it. */
const bench = (): Promise<Bench> => (created ??= Bench.create().then((made) => resources.use(made)));
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
