// The door of this room. What is not exported here belongs to nobody else.

export { SandboxfileReader } from './blocks/reader.ts';
export { loadReading, loadSandboxfile } from './load.ts';
export type { ProjectFiles } from './files.ts';
export {
  checkInSteps,
  checkReading,
  parseSandboxfile,
  type ParseOptions,
  type ParseResult,
} from './parse.ts';
export {
  hasErrors,
  SEVERITIES,
  type Problem,
  type ProblemId,
  type RelatedPlace,
  type Severity,
} from './problem.ts';
export { LineIndex, type Position, type Range, type Span } from './position.ts';
export { exportSignature } from './modules/signature.ts';
export type { FileReading } from './read.ts';
export type {
  Build,
  Component,
  Group,
  Import,
  Membership,
  Meta,
  ModuleImport,
  Origin,
  Place,
  Project,
  Sandbox,
  Step,
} from './model.ts';
export { nearest } from './nearest.ts';
export { finish, type Steps } from './steps.ts';
export { project as schema } from './schema/project.ts';
export type {
  Field,
  KeyDescription,
  Located,
  MapShape,
  RecordShape,
  Shape,
  TextShape,
} from './schema/schema.ts';
export { accept, reject, type Fault, type Grammar, type Parsed } from './grammars/grammar.ts';
export { cpus, DEFAULT_CPUS, MAX_CPUS } from './grammars/cpus.ts';
export { env, formatEnv, type EnvEntry } from './grammars/env.ts';
export { parseEnvFile, type EnvFile } from './grammars/env-file.ts';
export { foldGuestPath, guestPathsOverlap, type FoldedPath } from './grammars/guest-path.ts';
export { hostFolder, isAbsoluteHostPath, resolveHostPath } from './grammars/host-path.ts';
export { BUILTIN_IMAGES, image, normalImage, type Image } from './grammars/image.ts';
export { DEFAULT_MEMORY_MIB, MAX_MEMORY_MIB, memory } from './grammars/memory.ts';
export { componentName, rpcNameFault, scriptName, SHELL_SCRIPT } from './grammars/name.ts';
export { domainPattern, outbound, type OutboundRule, type OutboundTarget } from './grammars/outbound.ts';
export { formatSecretHost, secretHost, secretName, type SecretHost } from './grammars/secret.ts';
export { formatPort, port, type Port, type Protocol } from './grammars/port.ts';
export { DEFAULT_SCOPE, scope, SCOPE_ALIAS, SCOPES, type Scope } from './grammars/scope.ts';
export { segmentFault } from './grammars/segment.ts';
export { semver } from './grammars/semver.ts';
export { BACK_ENDS, type BackEnd } from './grammars/vmm.ts';
export { formatVolume, volume, type Volume } from './grammars/volume.ts';
export { workdir } from './grammars/workdir.ts';
export { groupVolumes, type GroupVolume } from './plan/group-volumes.ts';
export { NO_IMAGE_CONFIG, type ImageConfig } from './plan/image-config.ts';
export { startOrder, stopOrder, type OrderFailure, type OrderResult } from './plan/order.ts';
export {
  envFilePath,
  imageSource,
  plannedSecrets,
  planSandbox,
  type Mount,
  type PlanInputs,
  type SandboxPlan,
} from './plan/sandbox.ts';
export { guestPathOf, hostPathOf } from './plan/mounted-path.ts';
export { reviewedPaths, reviewStart, type Link, type StartReview } from './plan/review.ts';
export { scriptFiles, scriptPath, SCRIPTS_FOLDER, type ScriptFile } from './plan/scripts.ts';
export {
  hasMainProgram,
  NO_ENTRY_MESSAGE,
  selectProgram,
  shellOf,
  type ProgramRequest,
  type ProgramSelection,
  type SelectedProgram,
  type SelectionFailure,
} from './plan/select.ts';
export { addComponents } from './edit/add.ts';
export type { Definition } from './edit/definition.ts';
export type { EditFailure, EditResult, Section } from './edit/edit.ts';
export { NEW_SANDBOXFILE } from './edit/init.ts';
export { removeComponents } from './edit/remove.ts';
export { restateSandbox, type Restated } from './edit/restate.ts';
