import { type Draft, type DraftInputs, makeDraft } from './draft.ts';
import { inspect } from './inspect.ts';
import { readManifest } from './manifest/store.ts';
import type { Manifest } from './model.ts';
import { refuseOlder } from './newest.ts';
import type { Observation } from './observe.ts';
import { isEmpty } from './plan/build.ts';
import { sameContent } from './plan/diff.ts';
import type { Session } from './session.ts';

/** What lets a plan pass that would be refused, and how closely it looks. */
export interface Allowances {
  /** Looks at the headers of every object too, not only at what a listing shows. */
  readonly deep?: boolean;
  /** Takes over objects of others at wanted keys. */
  readonly adopt?: boolean;
  /** Lifts `limits`. */
  readonly allowLarge?: boolean;
  /** Lets an older commit replace a newer one. */
  readonly allowOlder?: boolean;
}

export interface NewVersion
  extends Omit<DraftInputs, 'version' | 'existing' | 'inspection' | 'adopt' | 'allowLarge' | 'operation'> {
  readonly operation: 'deploy' | 'stage' | 'promote';
}

/**
 * The plan of a version whose bytes come from outside of the origin. One that exists already with the same content, live, half applied
 * or staged, is gone on with. Throws what `makePlan` throws, and OLDER_COMMIT.
 */
export async function planVersion(session: Session, inputs: NewVersion, allowed: Allowances): Promise<Draft> {
  const { observation, files, lookup, source, operation } = inputs;
  const { adopt = false, allowLarge = false, deep = false } = allowed;
  const inspection = await inspect(session, observation, files, { adopt, deep });
  const { live, applying, state } = observation;
  const isSame = (version: Manifest | undefined): version is Manifest =>
    version !== undefined && version.cdnUrl === session.environment.url && sameContent(version, { files, ...lookup });
  const staged = operation === 'stage' ? await readStaged(session, observation) : [];
  const existing = [live, applying, ...staged].find(isSame);
  const version = existing?.version ?? state?.live.next ?? 1;
  const draft = makeDraft(session, { ...inputs, version, existing, inspection, adopt, allowLarge });
  if (!allowed.allowOlder && !isEmpty(draft.plan)) await refuseOlder(session, state?.live, source);
  session.emit({ kind: 'planned', plan: draft.plan });
  return draft;
}

/** Staged versions, the newest first: staging the same files twice is one version, unless a takedown came in between. */
async function readStaged(session: Session, { state }: Observation): Promise<Manifest[]> {
  const lost = new Set(state?.live.unrestorable?.map(({ version }) => version));
  const staged = (state?.live.staged ?? []).map(({ version }) => version).filter((version) => !lost.has(version));
  const numbers = staged.sort((a, b) => b - a);
  const manifests = await Promise.all(numbers.map((number) => readManifest(session.state, number, session.call)));
  return manifests.filter((manifest) => manifest !== undefined);
}
