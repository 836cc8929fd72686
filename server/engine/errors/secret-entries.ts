// What can go wrong with secrets. No message has a value.

import type { CatalogueEntry } from './entry.ts';

export const secretEntries = {
  SECRET_MISSING: {
    message: (name, sandbox) => `the secret '${name}' of sandbox '${sandbox}' has no value`,
    hint: (name) => `\`msb secret set ${name}\` asks for it`,
  },
  SECRET_HOSTS: {
    message: (name, hosts) => `the secret '${name}' was not given for ${hosts}`,
    hint: (name) =>
      `the file names more hosts than when you gave it; \`msb secret set ${name}\` gives it anew`,
  },
  SECRET_UNKNOWN: {
    message: (name, file) => `no sandbox of '${file}' has a secret '${name}'`,
    hint: 'list it under `secrets` of a sandbox first, with the hosts that it is for',
  },
  SECRET_VALUE: {
    message: (name) => `the value for '${name}' cannot be used`,
    hint: 'it needs 8 to 8192 characters, all of them printable ASCII, in one line',
  },
  SECRETS: {
    message: (path) => `secrets of the project cannot be used: ${path}`,
    hint: 'check owner and permissions; `msb secret set` makes what is missing',
  },
} as const satisfies Record<string, CatalogueEntry>;
