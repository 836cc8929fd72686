// Lists of file trees by native/cmd/treelist, which runs on the host and in guests.

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { findGo } from '../../../scripts/build/go.ts';
import { hostPlatform } from '../../../scripts/build/platform.ts';
import type { Sandbox } from '../../../server/engine/index.ts';
import { finish } from '../programs.ts';

/** Names, quoted as Go does it, with what is known of each. */
export type TreeList = ReadonlyMap<string, string>;

export class TreeLister {
  readonly #program: string;

  private constructor(program: string) {
    this.#program = program;
  }

  static async create(folder: string): Promise<TreeLister> {
    const program = path.join(folder, 'treelist');
    const go = await findGo();
    await go.build('./cmd/treelist', program, { goos: 'linux', arch: hostPlatform().arch });
    return new TreeLister(program);
  }

  async host(root: string): Promise<TreeList> {
    const { stdout } = await promisify(execFile)(this.#program, [root], { maxBuffer: 1 << 30 });
    return parse(stdout);
  }

  /** The root that programs see, without what is mounted below it. */
  async guest(sandbox: Sandbox): Promise<TreeList> {
    const program = '/.sandbox/treelist'; // a tmpfs: nothing of the image changes
    await sandbox.files.write(program, await readFile(this.#program), { mode: 0o755, create: true });
    const { status, stdout, stderr } = await finish(await sandbox.exec(program, { args: ['/'] }));
    if (status.code !== 0) throw new Error(`treelist in ${sandbox.name}: ${stderr}`);
    return parse(stdout);
  }
}

function parse(output: string): TreeList {
  return new Map(
    output
      .trimEnd()
      .split('\n')
      .map((line) => {
        const tab = line.indexOf('\t');
        return [line.slice(0, tab), line.slice(tab + 1)] as const;
      }),
  );
}
