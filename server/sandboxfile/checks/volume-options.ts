import { guestPathsOverlap } from '../grammars/guest-path.ts';
import { quote } from '../grammars/grammar.ts';
import { isLiteralPattern, MAX_HIDE_PATTERNS } from '../grammars/hide-pattern.ts';
import { resolveHostPath } from '../grammars/host-path.ts';
import { MAX_PRIVATE_FOLDERS } from '../grammars/private-folder.ts';
import type { Build, Sandbox, VolumeOptions } from '../model.ts';
import type { ProblemList } from '../problem-list.ts';
import type { Located } from '../schema/schema.ts';
import { ownComponents, type Check } from './check.ts';

const OPTION = 'SBX-VOLUME-OPTION';

export const checkVolumeOptions: Check = (subject, problems) => {
  for (const component of ownComponents(subject)) {
    for (const [guest, { key, value }] of component.fields.volume_options?.value ?? []) {
      const volumes = component.fields.volumes?.value ?? [];
      if (!volumes.some((volume) => volume.value.guest === guest)) {
        const near = problems.nearest(
          guest,
          volumes.map((volume) => volume.value.guest),
        );
        const hint = near === undefined ? '' : `, did you mean '${quote(near)}'?`;
        problems.report(OPTION, key, `no volume is mounted at '${quote(guest)}'${hint}`);
      }
      if ((value?.hide?.value?.length ?? 0) > MAX_HIDE_PATTERNS) {
        problems.report(OPTION, key, `more than ${String(MAX_HIDE_PATTERNS)} patterns`);
      }
      if ((value?.private?.value?.length ?? 0) > MAX_PRIVATE_FOLDERS) {
        problems.report(OPTION, key, `more than ${String(MAX_PRIVATE_FOLDERS)} private folders`);
      }
      checkPrivate(value?.private?.value ?? [], value?.hide?.value ?? [], problems);
    }
    checkShownElsewhere(component, problems);
  }
};

function checkPrivate(
  folders: readonly Located<string>[],
  patterns: readonly Located<string>[],
  problems: ProblemList,
): void {
  folders.forEach(({ value, span }, index) => {
    const other = folders.slice(0, index).find((each) => guestPathsOverlap(each.value, value));
    if (other !== undefined) {
      problems.report(OPTION, span, `'${quote(value)}' and '${quote(other.value)}' overlap`, {
        related: [{ range: problems.range(other.span), message: 'the other private folder' }],
      });
    }
    const hidden = patterns.find((pattern) => hides(pattern.value, value));
    if (hidden !== undefined) {
      problems.report(OPTION, span, `the private folder '${quote(value)}' is hidden`, {
        related: [{ range: problems.range(hidden.span), message: 'by this pattern' }],
      });
    }
  });
}

/** Of patterns without wildcards; the others are compared when the sandbox starts. */
function hides(pattern: string, path: string): boolean {
  if (!isLiteralPattern(pattern)) return false;
  const wanted = pattern.toLowerCase().replace(/\/$/, '');
  const folded = path.toLowerCase();
  if (!wanted.includes('/')) return folded.split('/').includes(wanted);
  return `${folded}/`.startsWith(`${wanted.replace(/^\//, '')}/`);
}

/** A second volume of the same folder shows what the first one hides. */
function checkShownElsewhere(component: Sandbox | Build, problems: ProblemList): void {
  const { volumeOptions, fields, origin } = component;
  const volumes = fields.volumes?.value ?? [];
  const host = (volume: (typeof volumes)[number]) => resolveHostPath(origin.folder, volume.value.host);
  const hidden = (guest: string): VolumeOptions['hide'] => volumeOptions.get(guest)?.hide ?? [];
  for (const volume of volumes) {
    const patterns = hidden(volume.value.guest);
    if (patterns.length === 0) continue;
    for (const other of volumes) {
      const others = hidden(other.value.guest);
      if (other === volume || !guestPathsOverlap(host(other), host(volume))) continue;
      if (patterns.every((pattern) => others.includes(pattern))) continue;
      const message = `the volume at '${quote(other.value.guest)}' may show what '${quote(volume.value.guest)}' hides: both are of the same folder`;
      problems.report('SBX-VOLUME-SHOWN', other.span, message, {
        related: [{ range: problems.range(volume.span), message: 'the volume that hides' }],
      });
    }
  }
}
