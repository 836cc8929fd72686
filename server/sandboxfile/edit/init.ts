/** What `msb init` writes. */
export const NEW_SANDBOXFILE = '# Sandbox configurations\nsandboxes:\n';
