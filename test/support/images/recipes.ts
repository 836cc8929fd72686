// What the test images are made of: a layer for each set of packages, then layers made by hand.

export interface Recipe {
  readonly name: string;
  /** Packages that are asked for; what they depend on comes along. */
  readonly packages: readonly string[];
  /** Which packages go into the second layer instead of the first, by the start of their file's name. */
  readonly second: readonly string[];
  /** Shell scripts, each run in the empty folder of one more layer. */
  readonly layers: readonly string[];
}

/** Removed as Dockerfiles do it: by whiteouts, by an opaque folder, and by another kind of file. */
const withoutDocumentation = `
mkdir -p usr/share/doc usr/share/man/man1 usr/share/lintian
: > usr/share/doc/.wh..wh..opq
: > usr/share/man/.wh.man8
: > usr/share/man/man1/.wh.man1
echo replaced > usr/share/doc/kept
: > usr/share/.wh.lintian
rmdir usr/share/lintian
mkdir -m 1777 tmp
mkdir -p -m 700 root
`;

const mountPoints =
  'mkdir -p dev proc sys etc .sandbox; : > etc/hosts; : > etc/resolv.conf; : > etc/machine-id';

/** What packages do not have. */
const oddities = `
umask 022
mkdir -p srv/devices srv/names srv/links srv/sparse srv/modes srv/times srv/gone srv/opaque/old srv/swap
mknod -m 640 srv/devices/null c 1 3
mknod -m 600 srv/devices/disk b 259 70000
mkfifo -m 622 srv/devices/pipe
printf 'a name that is no text' > "$(printf 'srv/names/\\377\\376')"
printf x > "srv/names/$(printf 'n%.0s' $(seq 255))"
printf x > "$(printf 'srv/names/line\\nbreak')"
mkdir -p "srv/names/$(printf 'd/%.0s' $(seq 60))"
ln -s "$(printf 'l%.0s' $(seq 4000))" srv/names/long-link
echo linked > srv/links/a; ln srv/links/a srv/links/b; ln srv/links/a srv/names/c
ln -s nowhere srv/links/s; ln srv/links/s srv/links/t; ln srv/devices/pipe srv/links/pipe
for i in $(seq 300); do ln srv/links/a "srv/links/many-$i"; done
truncate -s 64M srv/sparse/hole
printf end | dd of=srv/sparse/end bs=1 seek=33554432 status=none
for i in $(seq 0 40); do printf "part $i" | dd of=srv/sparse/parts bs=1 seek=$((i * 300000)) conv=notrunc status=none; done
echo s > srv/modes/setuid; chown 1:2 srv/modes/setuid; chmod 4755 srv/modes/setuid
echo g > srv/modes/setgid; chown 70000:4000000000 srv/modes/setgid; chmod 2711 srv/modes/setgid
mkdir -m 3777 srv/modes/sticky; echo none > srv/modes/none; chmod 0 srv/modes/none
cp /bin/true srv/modes/ping; setcap cap_net_raw+ep srv/modes/ping
setfattr -n user.note -v 'a value' srv/modes/none; setfattr -n user.empty srv/modes
touch -d '1969-12-31 23:59:58.5' srv/times/before; touch -d '2040-01-01 00:00:00.123456789' srv/times/after
echo gone > srv/gone/file; echo old > srv/opaque/old/file; echo file > srv/swap/file; mkdir srv/swap/folder
echo x > srv/swap/folder/x; echo first > srv/swap/again
`;

const changes = `
mkdir -p srv/links srv/opaque srv/swap/file srv/modes
: > srv/.wh.gone
: > srv/links/.wh.a
: > srv/opaque/.wh..wh..opq; echo new > srv/opaque/new
echo inside > srv/swap/file/inside; echo now a file > srv/swap/folder
: > srv/swap/.wh.again
chmod 711 srv/modes
`;

const changedBack = `
mkdir -p srv/swap/folder srv/gone srv/links
echo back > srv/swap/folder/back; echo a file again > srv/swap/file; echo again > srv/swap/again
ln -s ../links/b srv/gone/link; echo changed > srv/links/b
`;

export const busybox: Recipe = {
  name: 'busybox',
  packages: ['busybox-static'],
  second: [],
  layers: [
    `${mountPoints}\nmkdir -p bin; mkdir -m 1777 tmp; ln -s busybox bin/sh`,
    oddities,
    changes,
    changedBack,
  ],
};

export const coreutils: Recipe = {
  name: 'coreutils',
  packages: ['coreutils', 'bash'],
  second: ['bash'],
  layers: [mountPoints, withoutDocumentation],
};

export const perl: Recipe = {
  name: 'perl',
  packages: ['perl', 'dash'],
  second: ['perl', 'libperl'],
  layers: [mountPoints, withoutDocumentation, oddities, changes],
};

export const git: Recipe = {
  name: 'git',
  packages: ['git', 'bash', 'coreutils'],
  second: ['git'],
  layers: [mountPoints],
};

/** 240 MB, as large as the images that people use: the bench imports it too. */
export const python: Recipe = {
  name: 'python',
  packages: [
    'python3',
    'python3-pip',
    'git',
    'perl',
    'bash',
    'coreutils',
    'apt',
    'dpkg',
    'busybox-static',
    'iputils-ping',
  ],
  second: ['python3', 'libpython3'],
  layers: [mountPoints, withoutDocumentation.replace(': > usr/share/doc/.wh..wh..opq', '')],
};
