// From an invocation to the command that carries it out. Each is loaded only when it is asked for.

import type { Context } from '../context.ts';
import type { Invocation } from '../invocation.ts';

/** Resolves to the exit status. */
export async function execute(context: Context, invocation: Invocation): Promise<number> {
  switch (invocation.command) {
    case 'init':
      return (await import('./init.ts')).init(context, invocation);
    case 'add':
      return (await import('./add.ts')).add(context, invocation);
    case 'remove':
      return (await import('./remove.ts')).remove(context, invocation);
    case 'check':
      return (await import('./check.ts')).check(context, invocation);
    case 'run':
      return (await import('./run.ts')).run(context, invocation);
    case 'exe':
      return (await import('./exe.ts')).exe(context, invocation);
    case 'status':
      return (await import('./status.ts')).status(context, invocation);
    case 'up':
      return (await import('./up.ts')).up(context, invocation);
    case 'down':
      return (await import('./down.ts')).down(context, invocation);
    case 'pause':
    case 'resume':
      return (await import('./hold.ts')).hold(context, invocation);
    case 'snapshot-create':
      return (await import('./snapshot.ts')).snapshotCreate(context, invocation);
    case 'snapshot-ls':
      return (await import('./snapshot.ts')).snapshotLs(context, invocation);
    case 'snapshot-rm':
      return (await import('./snapshot.ts')).snapshotRm(context, invocation);
    case 'snapshot-export':
      return (await import('./snapshot.ts')).snapshotExport(context, invocation);
    case 'snapshot-import':
      return (await import('./snapshot.ts')).snapshotImport(context, invocation);
    case 'snapshot-restore':
      return (await import('./snapshot.ts')).snapshotRestore(context, invocation);
    case 'doctor':
      return (await import('./doctor.ts')).doctor(context, invocation);
    case 'fork':
      return (await import('./fork.ts')).fork(context, invocation);
    case 'port-ls':
      return (await import('./port.ts')).portLs(context, invocation);
    case 'port-add':
      return (await import('./port.ts')).portAdd(context, invocation);
    case 'port-rm':
      return (await import('./port.ts')).portRm(context, invocation);
    case 'secret-ls':
      return (await import('./secret.ts')).secretLs(context, invocation);
    case 'secret-set':
      return (await import('./secret.ts')).secretSet(context, invocation);
    case 'secret-rm':
      return (await import('./secret.ts')).secretRm(context, invocation);
    case 'list':
      return (await import('./list.ts')).list(context, invocation);
    case 'log':
      return (await import('./log.ts')).log(context, invocation);
    case 'tree':
      return (await import('./tree.ts')).tree(context, invocation);
    case 'clean':
      return (await import('./clean.ts')).clean(context, invocation);
    case 'pull':
      return (await import('./transfer.ts')).pull(context, invocation);
    case 'push':
      return (await import('./transfer.ts')).push(context, invocation);
    case 'login':
      return (await import('./login.ts')).login(context, invocation);
    case 'logout':
      return (await import('./login.ts')).logout(context, invocation);
    case 'image-ls':
      return (await import('./image.ts')).imageLs(context, invocation);
    case 'image-rm':
      return (await import('./image.ts')).imageRm(context, invocation);
    case 'image-prune':
      return (await import('./image.ts')).imagePrune(context, invocation);
    case 'image-inspect':
      return (await import('./image.ts')).imageInspect(context, invocation);
    case 'image-commit':
      return (await import('./commit.ts')).imageCommit(context, invocation);
    case 'load':
      return (await import('./archive.ts')).load(context, invocation);
    case 'save':
      return (await import('./archive.ts')).save(context, invocation);
  }
}

export type InvocationOf<C extends Invocation['command']> = Invocation extends infer I
  ? I extends { readonly command: infer D }
    ? C extends D
      ? I
      : never
    : never
  : never;
