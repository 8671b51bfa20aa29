import { makeHeaderResolver } from './collect/headers.ts';
import type { Draft } from './draft.ts';
import { PlanError } from './errors/errors.ts';
import { type ExecuteOptions, execute, type TakeLocks } from './execute.ts';
import { withLock } from './locked.ts';
import { pickLookup } from './lookup.ts';
import type { Body, Manifest, ManifestFile } from './model.ts';
import { type Allowances, planVersion } from './new-version.ts';
import { observe } from './observe.ts';
import { refuseBakedUrl } from './promote/baked-url.ts';
import { type FoundBody, findBodies } from './promote/find-bodies.ts';
import { RemoteBody } from './promote/remote-body.ts';
import type { Receipt } from './receipt.ts';
import { withReplans } from './replan.ts';
import { refuseUnrestorable } from './restorable.ts';
import type { Session } from './session.ts';
import { showVersion } from './versions.ts';

export interface PromoteOptions extends Allowances, ExecuteOptions {
  /** Version of the source; its live one unless said. */
  readonly version?: number;
  readonly message?: string;
  readonly replan?: boolean;
  /** Lets files pass that hold the source's own URL. */
  readonly allowUrl?: boolean;
}

type PlanPromotion = Omit<PromoteOptions, keyof ExecuteOptions | 'replan'>;

/**
 * Makes the same bytes a new version of another environment: server-side where both origins can, else streamed, each proven by its
 * sha256. Headers, CDN_URL and outputs are the target's. Throws VERSION_UNKNOWN, NOTHING_LIVE, NOT_RESTORABLE or URL_BAKED before
 * anything is written, else as `deploy`.
 */
export function promote(source: Session, target: Session, options: PromoteOptions): Promise<Receipt> {
  return withReplans(options.replan ?? false, async () => {
    const { draft, bodies } = await planPromotion(source, target, options);
    const locks = takeBoth(source, target, draft.source.runUrl);
    return execute(target, draft, options, (work) =>
      locks(async (lock) => {
        await refuseVanished(source, draft, bodies);
        return await work(lock);
      }),
    );
  });
}

export interface Promotion {
  readonly draft: Draft;
  readonly bodies: ReadonlyMap<string, FoundBody>;
}

/** What `promote` would do; writes nothing. */
export async function planPromotion(source: Session, target: Session, options: PlanPromotion): Promise<Promotion> {
  const manifest = await showVersion(source, options.version);
  const [bodies, observation] = await Promise.all([findBodies(source, manifest), observe(target, { list: true })]);
  const foundOf = ({ sha256 }: ManifestFile): FoundBody => bodies.get(sha256) as FoundBody;
  const bodyOf = (file: ManifestFile): Body => new RemoteBody(source, foundOf(file), file);
  const { url, name: environment } = source.environment;
  if (!options.allowUrl && url !== target.environment.url) {
    await refuseBakedUrl({ files: manifest.files, bodyOf, url, environment });
  }
  const place = source.origin.traits.copyPlace;
  const canCopy = place !== undefined && place.realm === target.origin.traits.copyPlace?.realm;
  const sources = new Map(manifest.files.map((file) => [file.sha256, { environment, ...foundOf(file) }]));
  const inputs = {
    operation: 'promote' as const,
    from: { environment, version: manifest.version },
    files: relabel(manifest, target),
    lookup: pickLookup(manifest),
    source: manifest.source,
    message: options.message ?? `Promoted from version ${manifest.version} of ${environment}`,
    bodies: new Map(manifest.files.map((file) => [file.key, bodyOf(file)])),
    ...(canCopy ? { elsewhere: place, sources } : {}),
    observation,
    warnings: [],
  };
  return { draft: await planVersion(target, inputs, options), bodies };
}

/** The same files under the target's header rules; what type a file is, is known since it was collected. */
function relabel(manifest: Manifest, { config, environment }: Session): ManifestFile[] {
  const headersOf = makeHeaderResolver(config.headers, environment.edges.length > 0);
  return manifest.files.map((file) => {
    const contentType = file.headers['content-type'] ?? 'application/octet-stream';
    return { ...file, headers: headersOf({ path: file.path, class: file.class, contentType }) };
  });
}

/** In the order of their names, so that two promotions in opposite directions do not wait for each other. */
function takeBoth(source: Session, target: Session, runUrl: string | undefined): TakeLocks {
  const sourceFirst = source.environment.name < target.environment.name;
  const [first, second] = sourceFirst ? [source, target] : [target, source];
  return (work) =>
    withLock(first, runUrl, (one) =>
      withLock(second, runUrl, (other) =>
        work({
          check() {
            one.check();
            other.check();
          },
          release: () => Promise.resolve(),
        }),
      ),
    );
}

/** Under the locks nothing can be pruned any more; what was planned on must still be there. */
async function refuseVanished(source: Session, draft: Draft, bodies: ReadonlyMap<string, FoundBody>): Promise<void> {
  const { listing, state } = await observe(source, { list: true });
  if (state && draft.plan.from) refuseUnrestorable(state.live, draft.plan.from.version, source.environment.name);
  const needed = draft.files.map((file) => bodies.get(file.sha256)).filter((found) => found !== undefined);
  if (needed.every(({ key, etag }) => listing?.get(key)?.etag === etag)) return;
  const { name } = source.environment;
  throw new PlanError(
    'PLAN_STALE',
    `Files of ${name} changed since the promotion to ${draft.plan.environment} was planned. Nothing was changed.`,
    { hint: 'Run again, or pass --replan to plan anew by itself.' },
  );
}
