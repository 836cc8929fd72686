import { l10n, window } from 'vscode';
import type { Container } from '../../container.ts';
import { notify } from '../../host/notices.ts';
import { withProgress } from '../../host/progress.ts';
import { imageStep } from './image-step.ts';

/** Brings an image here, so that the first start does not wait for it. */
export async function pullImage(container: Container): Promise<void> {
  const { projects } = container;
  await projects.ready();
  const models = projects.all.flatMap((file) => [...(file.project?.model.sandboxes.values() ?? [])]);
  const images = models.flatMap(({ image }) => (image?.kind === 'reference' ? [image.text] : []));
  const other = l10n.t('Another image…');
  const named = [...new Set(images)];
  const picked =
    named.length === 0
      ? other
      : await window.showQuickPick([...named, other], { title: l10n.t('Pull Image') });
  const prompt = l10n.t('Image, as docker.io/library/alpine:3.22 or ghcr.io/team/app');
  const reference =
    picked === other ? await window.showInputBox({ title: l10n.t('Pull Image'), prompt }) : picked;
  if (reference === undefined || reference.trim() === '') return;

  const engine = await container.openEngine();
  try {
    const outcome = await withProgress(l10n.t("Pulling image '{0}'", reference), ({ signal, step }) => {
      engine.onEvent((event) => {
        if (event.kind === 'image') step(imageStep(event));
      });
      return engine.images.pull(reference.trim(), { signal });
    });
    if (outcome.kind === 'failed') throw outcome.error;
    if (outcome.kind === 'done') {
      void notify('info', l10n.t("Image '{0}' is here.", outcome.value.reference));
    }
  } finally {
    await engine.close();
  }
}
