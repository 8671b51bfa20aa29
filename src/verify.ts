import { PlanError, ProviderError } from './errors/errors.ts';
import { describeExposure, isStatePublic } from './exposure.ts';
import { liveKey } from './manifest/keys.ts';
import type { Live } from './manifest/live.ts';
import { readLive, readManifest } from './manifest/store.ts';
import type { Manifest } from './model.ts';
import { publicUrl } from './plan/url.ts';
import type { Session } from './session.ts';
import { checkPatiently, type Inquiry } from './verify/check.ts';
import { compareUnknown, type Finding } from './verify/compare.ts';
import { explainBytes } from './verify/explain.ts';
import { askPatiently } from './verify/patience.ts';
import { chooseSample } from './verify/sample.ts';
import type { Problem, Verification } from './verify/types.ts';
import { showVersion } from './versions.ts';

export interface VerifyOptions {
  /** How many files, or `all`; entry files and a spread of the others unless said. */
  readonly sample?: number | 'all';
  /** After how much silence a connection is given up, in milliseconds; 20,000 unless said. */
  readonly silenceMs?: number;
  /** How long files with problems are asked for again: not every vendor tells when it has forgotten. In milliseconds; 0 unless said. */
  readonly graceMs?: number;
}

const defaultConcurrency = 16;
const defaultSilenceMs = 20_000;
/** Older manifests that are read to say whose bytes an edge serves. */
const mostOlder = 20;

/**
 * Fetches files of the live version through CDN_URL and compares what comes with what its manifest records. Problems are in the result.
 * Throws NOTHING_LIVE, PROVIDER_UNAVAILABLE when CDN_URL gives no answer at all, and PLAN_STALE when another version became live meanwhile.
 */
export async function verify(session: Session, options: VerifyOptions = {}): Promise<Verification> {
  const state = await readLive(session.state, session.config.project, session.call);
  const manifest = await showVersion(session, state?.live.version || undefined);
  const concurrency = session.concurrency ?? defaultConcurrency;
  const { signal } = session.call;
  const { silenceMs = defaultSilenceMs } = options;
  // With its TLS, which a deploy that does not verify need not load.
  const { openFetcher } = await import('./verify/fetch.ts');
  const fetcher = openFetcher({ concurrency, silenceMs, signal });
  const policy = {
    budgetMs: session.retryBudgetMs,
    onRetry: (retry: { operation: string; reason: string; delayMs: number }) =>
      session.emit({ kind: 'retrying', ...retry }),
  };
  const inquiry: Inquiry = {
    session,
    url: session.environment.url,
    ask: (ask) => askPatiently(fetcher, ask, policy, session.call),
    concurrency,
    lost: 0,
  };
  try {
    const probes = await probe(inquiry, silenceMs);
    const sample = chooseSample(manifest.files, options.sample);
    const { findings, checked } = await checkPatiently(inquiry, sample, options.graceMs ?? 0);
    const problems = [...probes, ...(await explain(session, findings, manifest, state?.live))];
    if (problems.length > 0) await refuseMoved(session, state?.live, manifest.version);
    return {
      kind: 'verification',
      format: 1,
      environment: session.environment.name,
      version: manifest.version,
      checked,
      skipped: manifest.files.length - checked,
      ok: problems.length === 0,
      problems,
    };
  } finally {
    fetcher.close();
  }
}

/** A name that nobody has, and our state. The first request of all: without any answer to it there is nothing to verify. */
async function probe({ session, url, ask }: Inquiry, silenceMs: number): Promise<Problem[]> {
  const path = `waybill-probe-${session.nonce}.js`;
  const reply = await ask({ url: url + path, mostBytes: 0 });
  if (reply.kind === 'lost') throw unreachable(session, reply.reason);
  const patience = AbortSignal.any([session.call.signal, AbortSignal.timeout(silenceMs)]);
  const isPublic = await isStatePublic(url, patience).catch(() => false);
  session.call.signal.throwIfAborted();
  const unknown = compareUnknown(path, url + path, reply.answer);
  if (!isPublic) return unknown;
  const found = { path: liveKey, url: url + liveKey, code: 'STATE_PUBLIC', expected: '404', found: '200' } as const;
  return [...unknown, { ...found, message: `is public. ${describeExposure(url)}` }];
}

function unreachable({ environment }: Session, reason: string): ProviderError {
  const { name, url, origin } = environment;
  const served = origin.provider.embeddedEdge !== undefined;
  return new ProviderError('unavailable', `CDN_URL of ${name}, ${url}, does not answer: ${reason}`, {
    hint: served
      ? `Start \`waybill serve --env ${name}\`, which answers there.`
      : 'Look at the DNS name, the certificate and the edge; --retry-budget says how long to go on trying.',
  });
}

/** Reads older manifests, where bytes are wrong, to say whose they are. */
async function explain(
  session: Session,
  findings: readonly Finding[],
  live: Manifest,
  document: Live | undefined,
): Promise<Problem[]> {
  const isOther = findings.some((finding) => finding.sha256 !== undefined);
  const others = isOther && document ? await readOthers(session, document) : [];
  const keys = new Map(live.files.map(({ key }) => [publicUrl(session.environment.url, key), key]));
  return explainBytes(findings, { live, others, keys });
}

/** The version being applied, the one before, then those that were live before it. */
async function readOthers(session: Session, { version, previous, applying, history }: Live): Promise<Manifest[]> {
  const before = history.map((entry) => entry.version).reverse();
  const numbers = new Set([applying?.version, previous, ...before].filter((one) => typeof one === 'number'));
  numbers.delete(version);
  const manifests = await Promise.all(
    [...numbers].slice(0, mostOlder).map((number) => readManifest(session.state, number, session.call)),
  );
  return manifests.filter((manifest) => manifest !== undefined);
}

/** Problems of a version that is no longer live, or about to be replaced, are none. */
async function refuseMoved(session: Session, before: Live | undefined, version: number): Promise<void> {
  const now = await readLive(session.state, session.config.project, session.call);
  if (!before || !now) return;
  const mark = ({ applying, history }: Live): string => `${applying?.run} ${history.at(-1)?.at}`;
  if (now.live.version === version && mark(now.live) === mark(before)) return;
  throw new PlanError(
    'PLAN_STALE',
    `Another run changed what is live in ${session.environment.name} while version ${version} was verified; version ${now.live.version} is live now`,
    { hint: 'Run again.' },
  );
}
