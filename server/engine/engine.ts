import { rm } from 'node:fs/promises';
import { addComponents, planSandbox, removeComponents } from '../sandboxfile/index.ts';
import type {
  AddOptions,
  CleanHomeOptions,
  CleanOptions,
  Diagnosis,
  DoctorOptions,
  EditOptions,
  Engine,
  EngineEvent,
  Images,
  OneOffOptions,
  OpenOptions,
  Problem,
  Project,
} from './api.ts';
import { cleanHome } from './clean/clean-home.ts';
import { cleanProject } from './clean/clean-project.ts';
import { diagnose } from './doctor/diagnose.ts';
import { EventHub } from './events.ts';
import { ImageLibrary } from './images/images.ts';
import { imageTool } from './images/tool.ts';
import { removeForks } from './forks/remove.ts';
import { runFolder } from './layout.ts';
import type { Installation } from './lifecycle/context.ts';
import { planGuest } from './lifecycle/spec.ts';
import { PoolKeeping } from './machine/pool-keeping.ts';
import { makeOneOff, ONE_OFF_SANDBOX, orphanedOneOffs, removeOneOff } from './one-off.ts';
import { OpenProject } from './project/open-project.ts';
import { editProjectFile } from './project/edit.ts';
import { DEFAULT_FILE, openProjectFile, readProjectFile } from './project/open.ts';

export class SandboxEngine implements Engine {
  readonly images: Images;
  readonly #installation: Installation;
  readonly #events = new EventHub();
  readonly #projects = new Set<OpenProject>();
  readonly #pool: PoolKeeping | undefined;
  #sweeping: Promise<void> | undefined;

  constructor(installation: Installation) {
    this.#installation = installation;
    this.#pool = poolOf(installation);
    this.images = new ImageLibrary(imageTool(installation), (event) => {
      this.#events.emit('', event);
    });
  }

  async openProject(options: OpenOptions): Promise<Project> {
    const project = await this.#open(options, false, () => Promise.resolve());
    this.#sweep();
    this.#prepare(project);
    return project;
  }

  async check(options: OpenOptions): Promise<readonly Problem[]> {
    return (await readProjectFile(options)).problems;
  }

  addComponents(options: AddOptions): Promise<void> {
    const { section, names, definition } = options;
    return editProjectFile(options, (text) => addComponents(text, section, names, definition));
  }

  async removeComponents(options: EditOptions): Promise<void> {
    const { section, names, file = DEFAULT_FILE } = options;
    const removed = section === 'sandboxes' ? await removeForks(this.#installation, options) : new Set();
    const defined = names.filter((name) => !removed.has(name));
    if (removed.size > 0 && defined.length === 0) return;
    await editProjectFile(options, (text) => removeComponents(text, section, defined, file));
  }

  async openOneOff(options: OneOffOptions): Promise<Project> {
    const root = await makeOneOff(this.#installation.home, options);
    this.#sweep();
    try {
      const { signal } = options;
      return await this.#open({ root, ...(signal === undefined ? {} : { signal }) }, true, (project) =>
        this.#discard(project),
      );
    } catch (error) {
      await removeOneOff(root);
      throw error;
    }
  }

  clean(options: CleanOptions): Promise<void> {
    return cleanProject(this.#installation, options);
  }

  cleanHome(options: CleanHomeOptions = {}): Promise<void> {
    return cleanHome(this.#installation, options);
  }

  doctor(options: DoctorOptions = {}): Promise<Diagnosis> {
    return diagnose(this.#installation, options, (place) =>
      this.#open(place, false, () => Promise.resolve()),
    );
  }

  onEvent(listener: (event: EngineEvent) => void): Disposable {
    return this.#events.subscribe(listener);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#projects].map((project) => project.close()));
    this.#pool?.close();
    await this.#sweeping;
    this.#events.dispose();
  }

  async #open(
    options: OpenOptions,
    ephemeral: boolean,
    onClose: (project: OpenProject) => Promise<void>,
  ): Promise<OpenProject> {
    const project = new OpenProject(await openProjectFile(options), {
      installation: this.#installation,
      events: this.#events,
      ephemeral,
      onClose: async (closing) => {
        this.#projects.delete(closing);
        await onClose(closing);
      },
    });
    this.#projects.add(project);
    return project;
  }

  /** The sandboxes of an open project are likely to be started. */
  #prepare(project: Project): void {
    const startable = [...project.model.sandboxes.values()].filter(({ image }) => image !== undefined);
    this.#pool?.want(startable.map((sandbox) => planGuest(this.#installation, planSandbox(sandbox))));
  }

  /** Ends what runs of a temporary project and removes all traces of it. */
  async #discard(project: OpenProject): Promise<void> {
    await project.stop(undefined, { graceMs: 0 });
    const run = runFolder(this.#installation.home, project.realRoot, project.file, ONE_OFF_SANDBOX);
    await rm(run.root, { recursive: true, force: true });
    await removeOneOff(project.root);
  }

  /** Once per engine, beside what was asked for. */
  #sweep(): void {
    this.#sweeping ??= this.#removeOrphans().catch(() => undefined);
  }

  async #removeOrphans(): Promise<void> {
    for (const root of await orphanedOneOffs(this.#installation.home)) {
      try {
        const project = await this.#open({ root }, true, (orphan) => this.#discard(orphan));
        await project.close();
      } catch {
        // Killed before its file was written: there is nothing but the folder.
        await removeOneOff(root);
      }
    }
  }
}

function poolOf({ assets, home, templates, pool }: Installation): PoolKeeping | undefined {
  if (pool === undefined || !templates) return undefined;
  const size = pool === 'auto' ? undefined : pool;
  return new PoolKeeping({ menv: assets.menv, home: home.root, socket: home.poolSocket, size });
}
