// What this machine can do for sandboxes, as a page to read and to copy into a report.

import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { env, version, window, workspace } from 'vscode';
import type { Container } from '../../container.ts';
import { report } from './report.ts';
import type { Finding } from './report.ts';

export async function doctor(container: Container): Promise<void> {
  const content = report(await findings(container));
  const document = await workspace.openTextDocument({ language: 'markdown', content });
  await window.showTextDocument(document, { preview: true });
}

async function findings({ installation, projects }: Container): Promise<readonly Finding[]> {
  await projects.ready();
  const assets = path.join(
    path.dirname(path.dirname(installation.terminal)),
    `${process.platform}-${process.arch}`,
  );
  const parts = ['menv', 'kernel', 'agent.img', 'empty.img', 'busybox.tar'];
  const missing: string[] = [];
  for (const part of parts) if (!(await exists(path.join(assets, part)))) missing.push(part);
  const vmm = process.arch === 'arm64' ? 'qemu-system-aarch64' : 'qemu-system-x86_64';
  const qemu = await inPath(process.env['MENV_VMM'] ?? vmm);
  const kvm = await access('/dev/kvm', constants.R_OK | constants.W_OK).then(
    () => true,
    () => false,
  );
  return [
    {
      what: 'Extension',
      good: true,
      found: `${installation.version}, ${env.appName} ${version}, Node ${process.version}`,
    },
    {
      what: 'Machine',
      good: true,
      found: `${os.type()} ${os.release()} ${os.arch()}, ${os.cpus().length} CPUs`,
    },
    {
      what: 'Parts of the extension',
      good: missing.length === 0,
      found: missing.length === 0 ? assets : `missing in ${assets}: ${missing.join(', ')}`,
      help: 'Install the extension again, for this platform.',
    },
    {
      what: 'QEMU',
      good: qemu !== undefined,
      found: qemu ?? `${vmm} is not in PATH`,
      help: 'Debian and Ubuntu: `sudo apt install qemu-system-x86`. Fedora: `sudo dnf install qemu-system-x86`.',
    },
    {
      what: 'Hardware virtualisation',
      good: kvm,
      found: kvm ? '/dev/kvm can be opened' : '/dev/kvm cannot be opened',
      help: 'Not needed: sandboxes run in software emulation then, slower.',
    },
    {
      what: 'Workspace',
      good: workspace.isTrusted,
      found: workspace.isTrusted ? `trusted, ${projects.all.length} Sandboxfiles` : 'not trusted',
      help: 'Nothing starts until you trust it: _Workspaces: Manage Workspace Trust_.',
    },
    ...projects.all.flatMap((file): Finding[] =>
      file.failure === undefined ? [] : [{ what: file.label, good: false, found: file.failure.message }],
    ),
  ];
}

async function inPath(program: string): Promise<string | undefined> {
  if (path.isAbsolute(program)) return (await exists(program)) ? program : undefined;
  for (const folder of (process.env['PATH'] ?? '').split(path.delimiter)) {
    const file = path.join(folder, program);
    if (folder !== '' && (await exists(file))) return file;
  }
  return undefined;
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
