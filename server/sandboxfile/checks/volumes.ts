import { quote } from '../grammars/grammar.ts';
import type { Volume } from '../grammars/volume.ts';
import type { ProblemList } from '../problem-list.ts';
import type { Located } from '../schema/schema.ts';
import { ownComponents, type Check } from './check.ts';

/** Guest paths of one component as a tree of their segments. */
interface Folder {
  readonly folders: Map<string, Folder>;
  /** The first volume at this path, or anywhere below. */
  mount?: Located<Volume>;
  below?: Located<Volume>;
}

export const checkVolumes: Check = (subject, problems) => {
  for (const { fields } of ownComponents(subject)) checkOverlaps(fields.volumes?.value ?? [], problems);
};

function checkOverlaps(volumes: readonly Located<Volume>[], problems: ProblemList): void {
  const root: Folder = { folders: new Map() };
  for (const volume of volumes) {
    const other = place(root, volume);
    if (other === undefined) continue;
    const [a, b] = [quote(other.value.guest), quote(volume.value.guest)];
    problems.report('SBX-VOLUME-OVERLAP', volume.span, `Conflicting guest paths: '${a}' and '${b}' overlap`, {
      related: [{ range: problems.range(other.span), message: `'${a}' is mounted here` }],
    });
  }
}

/** Adds a volume to the tree; returns the earlier one it overlaps with. */
function place(root: Folder, volume: Located<Volume>): Located<Volume> | undefined {
  let folder = root;
  for (const segment of volume.value.guest.split('/').filter((segment) => segment !== '')) {
    if (folder.mount !== undefined) return folder.mount;
    folder.below ??= volume;
    let next = folder.folders.get(segment);
    if (next === undefined) folder.folders.set(segment, (next = { folders: new Map() }));
    folder = next;
  }
  const other = folder.mount ?? folder.below;
  folder.mount ??= volume;
  return other;
}
