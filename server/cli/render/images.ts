// `msb image ls`.

import type { StoredImage } from '../../engine/api.ts';
import { ago } from './ago.ts';
import { formatBytes } from './bytes.ts';
import { shortDigest } from './layers.ts';
import { printable } from './style.ts';
import { renderTable } from './table.ts';

const header = ['REPOSITORY', 'TAG', 'DIGEST', 'CREATED', 'SIZE', 'LAST USED', 'IN USE BY'];

/** A line for each name; an image without one has a line too. */
export function renderImages(images: readonly StoredImage[], now: Date): string {
  const rows = images.flatMap((image) =>
    (image.references.length > 0 ? image.references : [undefined]).map((reference) =>
      row(image, reference, now),
    ),
  );
  return renderTable([header, ...rows.toSorted(byName)]);
}

function row(image: StoredImage, reference: string | undefined, now: Date): readonly string[] {
  const { repository, tag } = split(reference);
  return [
    repository,
    tag,
    shortDigest(image.digest),
    image.created === undefined ? '-' : ago(image.created, now),
    formatBytes(image.sizeBytes, 1),
    image.lastUsed === undefined ? '-' : ago(image.lastUsed, now),
    image.inUseBy.join(', '),
  ].map(printable);
}

/** A reference by digest has no tag, a path neither, and the colon of a port is none. */
function split(reference: string | undefined): { readonly repository: string; readonly tag: string } {
  if (reference === undefined) return { repository: '<none>', tag: '<none>' };
  if (/^(?:\/|builtin:)/.test(reference)) return { repository: reference, tag: '-' };
  const named = reference.replace(/@.*$/, '');
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1);
  if (colon < 0) return { repository: named, tag: '<none>' };
  return { repository: named.slice(0, colon), tag: named.slice(colon + 1) };
}

function byName(a: readonly string[], b: readonly string[]): number {
  const [left, right] = [a.join('\0'), b.join('\0')];
  return left < right ? -1 : left > right ? 1 : 0;
}
