import type { Meta } from '../model.ts';
import type { MetaFields } from '../schema/fields.ts';
import { values } from './values.ts';

export function assembleMeta(fields: MetaFields | undefined): Meta | undefined {
  if (fields === undefined) return undefined;
  return {
    authors: values(fields.authors),
    description: fields.description?.value,
    homepage: fields.homepage?.value,
    repository: fields.repository?.value,
    readme: fields.readme?.value,
    tags: values(fields.tags),
    icon: fields.icon?.value,
  };
}
