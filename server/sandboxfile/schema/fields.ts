import type { build } from './build.ts';
import type { membership } from './component.ts';
import type { group } from './group.ts';
import type { meta } from './meta.ts';
import type { project } from './project.ts';
import type { sandbox } from './sandbox.ts';
import type { Schema } from './schema.ts';

type ValueOf<S> = S extends Schema<infer T> ? T : never;

/** What was read of each kind of map, every value with its place. */
export type ProjectFields = ValueOf<typeof project>;
export type SandboxFields = ValueOf<typeof sandbox>;
export type BuildFields = ValueOf<typeof build>;
export type GroupFields = ValueOf<typeof group>;
export type MembershipFields = ValueOf<typeof membership>;
export type MetaFields = ValueOf<typeof meta>;
