import { quote } from '../grammars/grammar.ts';
import type { ProblemList } from '../problem-list.ts';
import type { Field } from '../schema/schema.ts';
import type { Check } from './check.ts';

/** Links of the file's own `meta` maps that are not URLs. */
export const checkLinks: Check = ({ project }, problems) => {
  const { meta, sandboxes, groups } = project.fields;
  const components = [...(sandboxes?.value?.values() ?? []), ...(groups?.value?.values() ?? [])];
  const metas = [meta, ...components.map((component) => component.value?.meta)];
  for (const { homepage, repository } of metas.flatMap((field) => field?.value ?? [])) {
    checkLink(homepage, problems);
    checkLink(repository, problems);
  }
};

function checkLink(field: Field<string> | undefined, problems: ProblemList): void {
  if (field?.value === undefined || URL.canParse(field.value)) return;
  problems.report('SBX-URL', field.span, `'${quote(field.value)}' is not a URL`);
}
