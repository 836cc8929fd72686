// macOS lets only programs whose signature says so use the hypervisor.

import { chmod } from 'node:fs/promises';
import path from 'node:path';
import { run } from './command.ts';

/** What `menv-krun`, and no other program, may do; also load a libkrun that somebody else has signed. */
export const entitlements = path.join(import.meta.dirname, 'hypervisor.entitlements.plist');

/** The name of a certificate in the keychain; without one nobody vouches for the signature. */
export const identityVariable = 'SANDBOXFILE_SIGN_IDENTITY';

/** Signs the file in place, whether or not it is signed already; needs a Mac. */
export async function sign(file: string, identity = '-'): Promise<void> {
  await chmod(file, 0o755);
  const options = ['--force', '--options', 'runtime', '--sign', identity, '--entitlements', entitlements];
  await run('codesign', [...options, file]);
}
