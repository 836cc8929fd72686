import { quote } from '../grammars/grammar.ts';
import type { Build, Sandbox } from '../model.ts';
import { groupVolumes } from '../plan/group-volumes.ts';
import type { Span } from '../position.ts';
import type { ProblemList } from '../problem-list.ts';
import { ownComponents, type Check, type Subject } from './check.ts';

/** Guest paths of one component as a tree of their segments. */
interface Folder {
  readonly folders: Map<string, Folder>;
  /** The first volume at this path, or anywhere below. */
  mount?: Mounted;
  below?: Mounted;
}

interface Mounted {
  readonly guest: string;
  readonly span: Span;
}

export const checkVolumes: Check = (subject, problems) => {
  for (const component of ownComponents(subject)) checkOverlaps(mountedIn(component, subject), problems);
};

function mountedIn(component: Sandbox | Build, { project }: Subject): readonly Mounted[] {
  const { volumes, groups } = component.fields;
  return [
    ...(volumes?.value ?? []).map(({ value: { guest }, span }) => ({ guest, span })),
    ...groupVolumes(component, project.groups).flatMap(({ group, guest }) => {
      const membership = groups?.value?.get(group);
      return membership === undefined ? [] : [{ guest, span: membership.key }];
    }),
  ];
}

function checkOverlaps(volumes: readonly Mounted[], problems: ProblemList): void {
  const root: Folder = { folders: new Map() };
  for (const volume of volumes) {
    const other = place(root, volume);
    if (other === undefined) continue;
    const [a, b] = [quote(other.guest), quote(volume.guest)];
    problems.report('SBX-VOLUME-OVERLAP', volume.span, `Conflicting guest paths: '${a}' and '${b}' overlap`, {
      related: [{ range: problems.range(other.span), message: `'${a}' is mounted here` }],
    });
  }
}

/** Adds a volume to the tree; returns the earlier one it overlaps with. */
function place(root: Folder, volume: Mounted): Mounted | undefined {
  let folder = root;
  for (const segment of volume.guest.split('/').filter((segment) => segment !== '')) {
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
