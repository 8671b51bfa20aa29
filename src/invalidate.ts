import { tellInTurn, waitForEdges } from './apply/edges.ts';
import type { EdgeLedger } from './apply/ledger.ts';
import { toClause } from './errors/clause.ts';
import { ProviderError, UsageError } from './errors/errors.ts';
import { readLive, readManifest } from './manifest/store.ts';
import type { Manifest } from './model.ts';
import { parseTarget, type Target, targetItems } from './plan/targets.ts';
import type { InvalidationRecord } from './receipt.ts';
import type { Session } from './session.ts';

export interface InvalidateOptions {
  /** Logical paths or keys of the live version, URL paths, URLs, or starts of these with a last `*`. */
  readonly paths: readonly string[];
  /** Everything below CDN_URL, instead of `paths`. */
  readonly all: boolean;
  readonly wait: 'submitted' | 'done';
  readonly waitTimeoutMs: number;
}

/** What edges were asked to forget. */
export interface Invalidation {
  readonly kind: 'invalidation';
  readonly format: 1;
  readonly environment: string;
  readonly invalidated: readonly InvalidationRecord[];
  readonly warnings: readonly string[];
}

/**
 * Makes every edge forget, in order from the origin outwards. Changes nothing at the origin and takes no lock. Throws USAGE before any edge
 * is told, and ProviderError when one refuses; what was refused is owed to nobody.
 */
export async function invalidate(session: Session, options: InvalidateOptions): Promise<Invalidation> {
  const { environment, edges } = session;
  checkOptions(options);
  if (edges.length === 0) {
    throw new UsageError('USAGE', `Environment ${environment.name} has no edge that could forget anything.`, {
      hint: 'Configure `edge`, or wait until what caches hold has expired.',
    });
  }
  const live = await readLiveManifest(session);
  const listing = live ?? { files: [] };
  const targets: readonly Target[] = options.all
    ? [{ kind: 'all' }]
    : options.paths.map((path) => parseTarget(path, environment.url, listing));
  const owed = edges.map(({ name, traits }) => ({
    edge: name,
    items: targetItems(traits, environment.url, targets, listing),
    version: live?.version ?? 0,
  }));
  const asked = owed.filter(({ items }) => items.length > 0);
  const ledger: EdgeLedger = { invalidated: [], owed: asked, told: 0, refusals: [], warnings: [] };
  ledger.warnings.push(...describeUnknown(targets, live), ...describeEmpty(owed));
  for (const one of asked) await tellInTurn(session, ledger, one, options.waitTimeoutMs);
  if (ledger.refusedBy) throw refusal(ledger, ledger.refusedBy);
  if (options.wait === 'done') await waitForEdges(session, ledger, options.waitTimeoutMs);
  const { invalidated, warnings } = ledger;
  return { kind: 'invalidation', format: 1, environment: environment.name, invalidated, warnings };
}

function checkOptions({ paths, all }: InvalidateOptions): void {
  if (all && paths.length > 0) {
    throw new UsageError('USAGE', 'PATH and --all exclude each other.', { hint: 'Leave one of them out.' });
  }
  if (!all && paths.length === 0) {
    throw new UsageError('USAGE', 'Nothing was named that edges should forget.', {
      hint: 'Name paths, as in `waybill invalidate css/style.css`, or pass --all.',
    });
  }
}

/** Environments to which nothing was deployed have none; their edges may hold cached absences. */
async function readLiveManifest({ state, config, call }: Session): Promise<Manifest | undefined> {
  const found = await readLive(state, config.project, call);
  return found?.live.version ? readManifest(state, found.live.version, call) : undefined;
}

function describeUnknown(targets: readonly Target[], live: Manifest | undefined): string[] {
  const where = live ? `Version ${live.version}` : 'The live version';
  return targets.flatMap((target) =>
    target.kind === 'unknown' ? [`${where} has no ${target.key || 'index.html'}; it is invalidated as a URL path`] : [],
  );
}

function describeEmpty(owed: readonly { edge: string; items: readonly string[] }[]): string[] {
  return owed
    .filter(({ items }) => items.length === 0)
    .map(({ edge }) => `${edge} takes no prefixes, and no file of the live version lies below what was named`);
}

function refusal(ledger: EdgeLedger, error: ProviderError): ProviderError {
  const taken = ledger.invalidated.map(({ edge }) => edge);
  const rest = taken.length === 0 ? 'No edge has forgotten anything' : `Only ${taken.join(', ')} took it`;
  return new ProviderError(error.kind, `${ledger.refusals.map(toClause).join('; ')}. ${rest}.`, {
    cause: error,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
  });
}
