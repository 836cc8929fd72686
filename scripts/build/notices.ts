// THIRD_PARTY_NOTICES.md: what is shipped beside our own code, found in what is really built in.

import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { bundledFiles, bundles, outputsOf } from './bundle.ts';
import type { Bundle } from './bundle.ts';
import { findGo } from './go.ts';
import { native, root } from './paths.ts';
import { platforms } from './platform.ts';

interface Component {
  readonly name: string;
  readonly version: string;
  readonly license: string;
}

/** The whole document; scripts/build/notices.md is its hand-written beginning. */
export async function notices(): Promise<string> {
  const beginning = await readFile(path.join(import.meta.dirname, 'notices.md'), 'utf8');
  const npm = await Promise.all(
    bundles.map(async (bundle) =>
      section(`In dist/${outputsOf(bundle)[0] ?? ''}`, await npmComponents(bundle)),
    ),
  );
  const go = await goComponents();
  return [beginning.trimEnd(), ...npm, section('In menv and the agent', go)].join('\n\n') + '\n';
}

/** Each licence's text once, under all who use it. */
function section(title: string, components: readonly Component[]): string {
  const users = new Map<string, string[]>();
  for (const { name, version, license } of components) {
    users.set(license, [...(users.get(license) ?? []), `- ${name} ${version}`.trimEnd()]);
  }
  const parts = [...users].map(([license, names]) => `${names.join('\n')}\n\n\`\`\`text\n${license}\n\`\`\``);
  return [`## ${title}`, ...parts].join('\n\n');
}

async function npmComponents(bundle: Bundle): Promise<readonly Component[]> {
  const folders = new Set<string>();
  for (const file of await bundledFiles(bundle)) {
    const [folder] = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file) ?? [];
    if (folder !== undefined) folders.add(path.join(root, folder));
  }
  const components = await Promise.all(
    [...folders].sort().map(async (folder) => {
      const text = await readFile(path.join(folder, 'package.json'), 'utf8');
      const manifest = JSON.parse(text) as { name: string; version: string; license: string };
      const license = (await licenseIn(folder)) ?? inWords(manifest.license);
      return { name: manifest.name, version: manifest.version, license };
    }),
  );
  return components;
}

async function goComponents(): Promise<readonly Component[]> {
  const go = await findGo();
  const found = new Map<string, Component>();
  for (const { goos, arch } of platforms) {
    const format = '{{with .Module}}{{if .Version}}{{.Path}} {{.Version}} {{.Dir}}{{end}}{{end}}';
    const host = ['./cmd/menv', './cmd/menv-krun'];
    const packages = goos === 'linux' ? [...host, './cmd/agent', './cmd/relay'] : host;
    const { stdout } = await promisify(execFile)(go.program, ['list', '-deps', '-f', format, ...packages], {
      cwd: native,
      env: go.environment({ goos, arch }),
    });
    for (const line of new Set(stdout.split('\n').filter((each) => each !== ''))) {
      const [name = '', version = '', folder = ''] = line.split(' ');
      if (found.has(name)) continue;
      found.set(name, { name, version, license: (await licenseIn(folder)) ?? '' });
    }
  }
  const goLicense = await readFile(path.join(go.root, 'LICENSE'), 'utf8');
  const standard = { name: 'Go standard library and runtime', version: '', license: goLicense.trim() };
  return [standard, ...[...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1))];
}

async function licenseIn(folder: string): Promise<string | undefined> {
  const names = (await readdir(folder)).filter((name) => /^(licen[cs]e|notice|copying)/i.test(name)).sort();
  const texts = await Promise.all(names.map((name) => readFile(path.join(folder, name), 'utf8')));
  if (texts.length === 0) return undefined;
  return texts.map((text) => (/^\s*Apache License/.test(text) ? apache : text.trim())).join('\n\n');
}

const apache = 'Apache License, Version 2.0: its text is in the file LICENSE.';

/** For packages that come without a text. */
function inWords(expression: string): string {
  return expression === 'Apache-2.0'
    ? apache
    : `License: ${expression}. The text of Apache-2.0 is in the file LICENSE.`;
}
