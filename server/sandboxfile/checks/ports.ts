import type { Port } from '../grammars/port.ts';
import type { Component } from '../model.ts';
import type { ProblemList } from '../problem-list.ts';
import type { Located } from '../schema/schema.ts';
import { ownBuilds, ownSandboxes, type Check } from './check.ts';

/** Guest port of the control agent in sandboxes that the server runs. */
const AGENT_PORT = 4444;

interface User {
  readonly component: Component;
  /** Absent: in another file. */
  readonly port?: Located<Port>;
}

export const checkPorts: Check = (subject, problems) => {
  const users = new Map<string, User>();
  for (const component of subject.project.sandboxes.values()) {
    if (component.origin === subject.project.origin) continue;
    for (const port of component.ports) users.set(slot(port), { component });
  }
  for (const sandbox of ownSandboxes(subject)) {
    checkComponent(sandbox, sandbox.fields.ports?.value ?? [], users, problems);
  }
  // A build runs alone: only its own ports can collide.
  for (const build of ownBuilds(subject)) {
    checkComponent(build, build.fields.ports?.value ?? [], new Map(), problems);
  }
};

function checkComponent(
  component: Component,
  ports: readonly Located<Port>[],
  users: Map<string, User>,
  problems: ProblemList,
): void {
  for (const port of ports) {
    const user = users.get(slot(port.value));
    if (user === undefined) users.set(slot(port.value), { component, port });
    else reportDuplicate(component, port, user, problems);
    if (port.value.guest === AGENT_PORT) {
      const message = `guest port ${String(AGENT_PORT)} belongs to the control agent when the server runs it`;
      problems.report('SBX-PORT-AGENT', port.span, message);
    }
  }
}

function reportDuplicate(component: Component, port: Located<Port>, user: User, problems: ProblemList): void {
  const number = String(port.value.host);
  const message = `host port ${number} is already used by '${user.component.name}'`;
  problems.report('SBX-PORT-DUP', port.span, message, {
    severity: user.component === component ? 'error' : 'warning',
    data: { port: port.value.host },
    ...(user.port === undefined
      ? {}
      : { related: [{ range: problems.range(user.port.span), message: `port ${number} is used here` }] }),
  });
}

function slot(port: Port): string {
  return `${String(port.host)}/${port.protocol}`;
}
