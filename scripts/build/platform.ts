/** A host the product runs on; the guest has the host's processor. */
export interface Platform {
  /** Name of its folder in dist/. */
  readonly name: 'linux-x64' | 'linux-arm64' | 'darwin-arm64';
  readonly goos: 'linux' | 'darwin';
  readonly arch: Arch;
}

/** In Go's words. */
export type Arch = 'amd64' | 'arm64';

export const platforms: readonly Platform[] = [
  { name: 'linux-x64', goos: 'linux', arch: 'amd64' },
  { name: 'linux-arm64', goos: 'linux', arch: 'arm64' },
  { name: 'darwin-arm64', goos: 'darwin', arch: 'arm64' },
];

export function hostPlatform(): Platform {
  const name = `${process.platform}-${process.arch}`;
  const found = platforms.find((platform) => platform.name === name);
  if (!found)
    throw new Error(`${name} is not supported: ${platforms.map((each) => each.name).join(', ')} are`);
  return found;
}
