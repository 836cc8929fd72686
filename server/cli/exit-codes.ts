// Our own exit statuses. Every other one is the guest program's, or 128 + N for signal N.

export const exitFailure = 1;
export const exitUsage = 2;
/** What the shell reports for a program whose reader went away. */
export const exitBrokenPipe = 141;
