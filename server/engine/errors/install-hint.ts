import { readFileSync } from 'node:fs';

/** The command that installs the virtual machine monitor on this host. */
export function vmmInstallHint(platform = process.platform, osRelease = readOsRelease()): string {
  if (platform === 'darwin') return 'install it: brew install qemu';
  const arm = process.arch === 'arm64';
  const families = /^ID(?:_LIKE)?=(.*)$/gm;
  const names = [...osRelease.matchAll(families)].flatMap((match) =>
    (match[1] ?? '').replaceAll('"', '').split(' '),
  );
  const command = names.map((name) => commandFor(name, arm)).find((found) => found !== undefined);
  return command === undefined
    ? `install QEMU (${arm ? 'qemu-system-aarch64' : 'qemu-system-x86_64'}) with this system's package manager`
    : `install it: ${command}`;
}

function commandFor(distribution: string, arm: boolean): string | undefined {
  switch (distribution) {
    case 'debian':
    case 'ubuntu':
      return `sudo apt-get install --no-install-recommends ${arm ? 'qemu-system-arm' : 'qemu-system-x86'}`;
    case 'fedora':
    case 'rhel':
      return `sudo dnf install ${arm ? 'qemu-system-aarch64-core' : 'qemu-system-x86-core'}`;
    case 'arch':
      return `sudo pacman -S ${arm ? 'qemu-system-aarch64' : 'qemu-system-x86'}`;
    case 'alpine':
      return `sudo apk add ${arm ? 'qemu-system-aarch64' : 'qemu-system-x86_64'}`;
    case 'suse':
    case 'opensuse':
      return `sudo zypper install ${arm ? 'qemu-arm' : 'qemu-x86'}`;
    default:
      return undefined;
  }
}

function readOsRelease(): string {
  try {
    return readFileSync('/etc/os-release', 'utf8');
  } catch {
    return '';
  }
}
