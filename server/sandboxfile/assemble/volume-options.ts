import type { VolumeOptions } from '../model.ts';
import type { SandboxFields } from '../schema/fields.ts';
import { values } from './values.ts';

/** By guest path. */
export function assembleVolumeOptions(
  field: SandboxFields['volume_options'],
): ReadonlyMap<string, VolumeOptions> {
  const options = new Map<string, VolumeOptions>();
  for (const [guest, { value }] of field?.value ?? []) {
    if (value === undefined) continue;
    const quotaBytes = value.quota?.value;
    options.set(guest, {
      hide: values(value.hide),
      private: values(value.private),
      ...(quotaBytes === undefined ? {} : { quotaBytes }),
    });
  }
  return options;
}
