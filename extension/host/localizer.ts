/** The editor's `l10n`, for code that is tried without an editor. */
export interface Localizer {
  t(message: string, ...values: readonly (string | number)[]): string;
}

/** As the editor does it for users of English. */
export const ENGLISH: Localizer = {
  t: (message, ...values) => message.replaceAll(/\{(\d+)\}/g, (_, index) => String(values[Number(index)])),
};
