// What can go wrong with images, and with the registries that they come from.

import type { CatalogueEntry } from './entry.ts';

export const imageEntries = {
  // Images.
  IMAGE_NOT_FOUND: {
    message: (image) =>
      image.startsWith('/') ? `root path does not exist: ${image}` : `image is not available: ${image}`,
    hint: 'use `builtin:busybox`, or the path of an OCI layout, a docker archive or a root folder',
  },
  IMAGE_INVALID: { message: (image) => `image cannot be read: ${image}` },
  IMAGE_PLATFORM: { message: (image) => `image has no variant for this machine: ${image}` },
  IMAGE_AMBIGUOUS: {
    message: (image) => `several images in one place: ${image}`,
    hint: 'pick one with <path>#<tag>',
  },
  IMAGE_LIMIT: { message: (image) => `image is too large: ${image}` },
  IMAGE_REFERENCE: { message: (image) => `failed to parse OCI reference: ${image}` },
  IMAGE_FAILED: { message: (image) => `image could not be prepared: ${image}` },
  STORE: {
    message: (path) => `the image store cannot be used: ${path}`,
    hint: 'check owner and permissions, or set MENV_HOME to a folder of yours',
  },
  IMAGE_IN_USE: {
    message: (image) => `image is in use: ${image}`,
    hint: 'stop the sandboxes named above; `msb down` does so',
  },
  IMAGE_NOT_CACHED: {
    message: (image) => `image is not on this machine: ${image}`,
    hint: '`msb image ls` shows what is, `msb pull` fetches more',
  },
  IMAGE_LAYERS: {
    message: (image) => `nothing can be put on top of image ${image}: its layers are not kept`,
    hint: 'take the image from a registry, or keep it with `msb load --name NAME PATH` and name that in the Sandboxfile',
  },
  OUTPUT: { message: (path) => `cannot write ${path}` },

  // Registries.
  REGISTRY_UNAUTHORIZED: {
    message: (registry) => `${registry} wants a login, or the image does not exist there`,
    hint: (registry) => `log in with \`msb login ${registry}\`, and check the name of the image`,
  },
  REGISTRY_FORBIDDEN: {
    message: (image) => `access denied: ${image}`,
    hint: 'ask the owner for the right, or log in as another user with `msb login`',
  },
  REGISTRY_UNKNOWN: {
    message: (image) => `the registry has no such image: ${image}`,
    hint: 'check name and tag',
  },
  REGISTRY_RATE_LIMITED: {
    message: (registry) => `${registry} allows no more requests for now`,
    hint: 'try again later; most registries allow more after `msb login`',
  },
  REGISTRY_UNAVAILABLE: {
    message: (registry) => `registry cannot be reached: ${registry}`,
    hint: 'check the network and the name of the registry, then try again; what was loaded is kept',
  },
  REGISTRY_TIMEOUT: {
    message: (registry) => `registry does not answer in time: ${registry}`,
    hint: 'try again; what was loaded is kept',
  },
  REGISTRY_REFUSED: {
    message: (image) => `the registry's answer was refused: ${image}`,
    hint: 'the registry, a mirror or something on the way is faulty or hostile; nothing of it was used',
  },
  REGISTRY_CONFIG: {
    message: (path) => `settings for registries cannot be used: ${path}`,
    hint: 'correct the file, or delete it',
  },
  CREDENTIALS: {
    message: (path) => `credentials cannot be used: ${path}`,
    hint: 'correct the file or the credential helper named above, or run `msb login` again',
  },
  LOGIN_REJECTED: {
    message: (registry) => `user name or password is wrong for ${registry}`,
    hint: 'some registries want an access token as the password',
  },
} as const satisfies Record<string, CatalogueEntry>;
