/** The task that runs these tests says where things are. */
export function required(
  name: 'SANDBOXFILE_VSCODE_SERVER' | 'SANDBOXFILE_VSIX' | 'SANDBOXFILE_ARTIFACTS',
): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set: use \`npm run test:vscode\``);
  return value;
}
