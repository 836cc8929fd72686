// The editor's texts in the page, which comes with them.

const texts = JSON.parse(document.getElementById('texts')?.textContent ?? '{}') as Readonly<
  Record<string, string>
>;

export const l10n = {
  t: (message: string, ...values: readonly (string | number)[]): string => {
    return (texts[message] ?? message).replaceAll(/\{(\d+)\}/g, (_, index) => String(values[Number(index)]));
  },
};
