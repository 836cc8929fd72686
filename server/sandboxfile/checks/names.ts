import { rpcNameFault } from '../grammars/name.ts';
import { ownSandboxes, type Check } from './check.ts';

export const checkNames: Check = (subject, problems) => {
  for (const sandbox of ownSandboxes(subject)) {
    const fault = rpcNameFault(sandbox.name);
    if (fault !== undefined) problems.report(fault.id, sandbox.place.name, fault.message);
  }
};
