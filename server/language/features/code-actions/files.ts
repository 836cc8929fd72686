import { pathToFileURL } from 'node:url';
import { addComponents, resolveHostPath } from '../../../sandboxfile/index.ts';
import type { LanguageDocument } from '../../document-types.ts';
import { commonImage } from './common-image.ts';
import { problemSpan, written, type Fix, type Fixer } from './fix.ts';

/** The file of a module that is not there, with the components that are taken from it. */
export const createModule: Fixer = ({ document }, problem) => {
  const { start } = problemSpan(problem);
  const { project } = document;
  const [path] = [...(project.fields.modules?.value ?? [])].find(([, { key }]) => key.start === start) ?? [];
  if (path === undefined) return [];
  const names = new Set(
    project.modules.filter((module) => module.path === path).map((each) => each.component),
  );
  const image = commonImage(project);
  const added = addComponents('', 'sandboxes', [...names], { image });
  return added.ok ? create(document, path, names.size === 0 ? 'sandboxes:\n' : added.text) : [];
};

export const createEnvFile: Fixer = ({ document }, problem) => {
  const span = problemSpan(problem);
  const { project } = document;
  // At an import, the path is of another file.
  const isOwn = [...project.sandboxes.values(), ...project.builds.values()].some(
    ({ fields }) => fields.env_file?.span.start === span.start,
  );
  return isOwn ? create(document, written(document, span), '# KEY=VALUE, one a line\n') : [];
};

function create(document: LanguageDocument, path: string, text: string): readonly Fix[] {
  const { folder } = document.project.origin;
  if (folder === '' || path.includes('\0')) return [];
  const uri = pathToFileURL(resolveHostPath(folder, path)).href;
  return [{ title: `Create '${path}'`, preferred: true, file: { uri, text } }];
}
