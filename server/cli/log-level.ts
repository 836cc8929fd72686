/** Least to most verbose. Progress lines are `info`, the default; `warn` and `error` silence them. */
export const logLevels = ['error', 'warn', 'info', 'debug', 'trace'] as const;

export type LogLevel = (typeof logLevels)[number];

/** The most verbose of the flags given; without any, MSB_LOG; without that, `info`. */
export function chooseLogLevel(flags: Partial<Record<LogLevel, boolean>>, variable?: string): LogLevel {
  const asked = logLevels.findLast((level) => flags[level] === true);
  return asked ?? logLevels.find((level) => level === variable?.toLowerCase()) ?? 'info';
}

export function includes(chosen: LogLevel, level: LogLevel): boolean {
  return logLevels.indexOf(level) <= logLevels.indexOf(chosen);
}
