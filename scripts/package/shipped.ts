/** What a package for one platform contains, from the project's root; a folder with all that is in it. */
export function shippedFiles(platform: string): readonly string[] {
  return [
    'README.md',
    'CHANGELOG.md',
    'LICENSE',
    'THIRD_PARTY_NOTICES.md',
    'package.nls.json',
    'bin',
    'dist/extension',
    'dist/dashboard',
    'dist/doctor',
    'dist/terminal',
    'dist/language-server',
    'dist/msb',
    `dist/${platform}`,
    'docs/images',
    'l10n',
    'media',
    'schemas',
    'syntaxes',
  ];
}

/** Maps are for those who build; they are as large as the programs. */
export function isShipped(file: string): boolean {
  return !file.endsWith('.map');
}
