// usage: sign [IDENTITY]    on a Mac: gives menv-krun, and nothing else, the right to use the hypervisor.
// Without an identity the signature is good for this Mac only.

import path from 'node:path';
import { run } from './build/command.ts';
import { dist } from './build/paths.ts';

if (process.platform !== 'darwin') throw new Error('codesign is a part of macOS: run this on a Mac');
const [identity = '-'] = process.argv.slice(2);
const entitlements = path.join(import.meta.dirname, 'package/hypervisor.entitlements.plist');
await run('codesign', [
  ...['--force', '--options', 'runtime', '--sign', identity],
  ...['--entitlements', entitlements, path.join(dist, 'darwin-arm64/menv-krun')],
]);
