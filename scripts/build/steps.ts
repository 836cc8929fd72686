// Everything that is built, with what it depends on.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { build, bundleInputs, bundles, outputsOf } from './bundle.ts';
import { run } from './command.ts';
import { fingerprint } from './fingerprint.ts';
import { findGo } from './go.ts';
import { cacheRoot, dist, native } from './paths.ts';
import type { Arch, Platform } from './platform.ts';
import { hostPlatform } from './platform.ts';
import { entitlements, sign } from './sign.ts';
import type { Step } from './step.ts';

/** How things are built. */
const script = fingerprint(import.meta.filename);

/** What a release for these platforms consists of. */
export function stepsFor(targets: readonly Platform[]): readonly Step[] {
  const host = hostPlatform();
  // Runs on this machine, whatever it builds for.
  const tool = programStep('assets', host.goos, host.arch, 'tools/assets');
  const programs = targets.flatMap(({ name, goos, arch }) => [
    programStep('menv', goos, arch, `${name}/menv`),
    goos === 'darwin' ? signed(helperStep(name, goos, arch)) : helperStep(name, goos, arch),
  ]);
  // What is in a microVM depends on its processor only.
  const guests = [...new Set(targets.map(({ arch }) => arch))];
  const assets = guests.flatMap((arch) =>
    guestSteps(
      arch,
      tool,
      targets.filter((target) => target.arch === arch),
    ),
  );
  return [...bundleSteps, ...programs, ...assets, ...targets.flatMap((target) => libkrunStep(target, tool))];
}

const bundleSteps = bundles.map((bundle): Step => ({
  name: bundle.name,
  needs: [],
  inputs: bundleInputs,
  outputs: outputsOf(bundle),
  build: (folder) => build(bundle, folder),
}));

function programStep(program: string, goos: Platform['goos'], arch: Arch, output: string): Step {
  return {
    name: `${program}-${goos}-${arch}`,
    needs: [],
    inputs: async () => [await script, ...(await (await findGo()).inputs())],
    outputs: [output],
    build: async (folder) => {
      const target = path.join(folder, path.basename(output));
      await (await findGo()).build(`./cmd/${program}`, target, { goos, arch });
    },
  };
}

function helperStep(name: string, goos: Platform['goos'], arch: Arch): Step {
  return programStep('menv-krun', goos, arch, `${name}/menv-krun`);
}

/** For this Mac; what others build for Macs is not signed, and sandboxes run on QEMU with it. */
function signed(step: Step): Step {
  return {
    ...step,
    inputs: async () => [
      ...(await step.inputs()),
      ...(await Promise.all([entitlements, path.join(import.meta.dirname, 'sign.ts')].map(fingerprint))),
    ],
    build: async (folder) => {
      await step.build(folder);
      if (process.platform === 'darwin') await sign(path.join(folder, 'menv-krun'));
    },
  };
}

/** Under the name that its version is read from; hosts without a package use the system's. */
function libkrunStep({ name, goos, arch }: Platform, tool: Step): readonly Step[] {
  const pin = libkruns[`${goos}-${arch}`];
  if (pin === undefined) return [];
  const file = path.basename(pin.library);
  return [
    {
      name: `libkrun-${name}`,
      needs: [tool],
      inputs: () => Promise.all([script, ...tool.outputs.map((each) => fingerprint(path.join(dist, each)))]),
      outputs: [`${name}/${file}`],
      build: async (folder) => {
        const args = ['libkrun', '--os', goos, '--arch', arch, '--out', path.join(folder, file)];
        await run(path.join(dist, 'tools/assets'), [...args, '--cache', path.join(cacheRoot, 'fetched')]);
      },
    },
  ];
}

const libkruns = JSON.parse(readFileSync(path.join(native, 'cmd/assets/libkruns.json'), 'utf8')) as Readonly<
  Record<string, { readonly library: string }>
>;

function guestSteps(arch: Arch, tool: Step, targets: readonly Platform[]): readonly Step[] {
  const agent = programStep('agent', 'linux', arch, `tools/agent-${arch}`);
  const relay = programStep('relay', 'linux', arch, `tools/relay-${arch}`);
  const asset = (what: string, file: string, ...madeFrom: readonly Step[]): Step => {
    const needs = [tool, ...madeFrom];
    return {
      name: `${what}-${arch}`,
      needs,
      inputs: () =>
        Promise.all([
          script,
          ...needs.flatMap((need) => need.outputs).map((file) => fingerprint(path.join(dist, file))),
        ]),
      outputs: file.startsWith('tools/') ? [file] : targets.map((target) => `${target.name}/${file}`),
      build: async (folder) => {
        const args = [what, '--arch', arch, '--out', path.join(folder, path.basename(file))];
        args.push('--cache', path.join(cacheRoot, 'fetched'));
        for (const input of madeFrom.flatMap(({ outputs }) => outputs))
          args.push('--input', path.join(dist, input));
        await run(path.join(dist, 'tools/assets'), args);
      },
    };
  };
  const shell = asset('shell', `tools/shell-${arch}`);
  return [
    asset('kernel', 'kernel'),
    asset('agent-disk', 'agent.img', agent, relay, shell),
    asset('empty-disk', 'empty.img'),
    asset('busybox', 'busybox.tar'),
  ];
}
