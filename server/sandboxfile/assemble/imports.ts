import type { Import } from '../model.ts';
import type { SandboxFields } from '../schema/fields.ts';

/** Where artifacts of the host appear in the guest. */
const HOST_IMPORTS = '/.sandbox/imports';

export function assembleImports(field: SandboxFields['imports']): readonly Import[] {
  const imports: Import[] = [];
  for (const [name, { value }] of field?.value ?? []) {
    if (value === undefined) continue;
    if ('kind' in value) {
      imports.push(
        value.kind === 'host'
          ? { kind: 'host', name, host: value.path, guest: `${HOST_IMPORTS}/${name}` }
          : { kind: 'artifact', build: undefined, name, guest: value.path },
      );
      continue;
    }
    for (const [artifact, { value: guest }] of value) {
      if (guest !== undefined) imports.push({ kind: 'artifact', build: name, name: artifact, guest });
    }
  }
  return imports;
}
