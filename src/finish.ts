import type { Ledger } from './apply/ledger.ts';
import type { Draft } from './draft.ts';
import { toClause } from './errors/clause.ts';
import { ApplyError, WaybillError } from './errors/errors.ts';
import type { Live } from './manifest/live.ts';
import type { Manifest } from './model.ts';
import { writeOutputs } from './outputs/write.ts';
import { commandOf } from './plan/command.ts';
import type { OutputRecord, Receipt } from './receipt.ts';
import type { Session } from './session.ts';
import { countStillServed } from './still-served.ts';

/** Writes the outputs of the version that is live now, and tells what the run did. Throws OUTPUT_FAILED or INVALIDATION_OWED. */
export async function makeReceipt(session: Session, draft: Draft, ledger: Ledger, live: Live): Promise<Receipt> {
  let outputs: readonly OutputRecord[] = [];
  try {
    outputs = await writeOutputs(
      session.environment.outputs,
      { cdnUrl: session.environment.url, manifest: liveManifest(session, draft, live) },
      { env: session.env },
    );
  } catch (error) {
    if (!(error instanceof WaybillError)) throw error;
    const receipt = summarizeRun(session, draft, ledger, live, outputs, error);
    throw new ApplyError('OUTPUT_FAILED', `Version ${live.version} is live. ${error.message}`, {
      receipt,
      cause: error,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    });
  }
  for (const output of outputs) session.emit({ kind: 'output-written', path: output.path, changed: output.changed });
  const receipt = summarizeRun(session, draft, ledger, live, outputs);
  if (live.owed.length > 0) throw owedError(receipt, ledger, draft);
  return receipt;
}

function liveManifest(session: Session, draft: Draft, live: Live): Manifest {
  const source = draft.existing ?? draft.observation.live;
  return {
    format: 1,
    project: session.config.project,
    environment: session.environment.name,
    version: live.version,
    source: draft.source,
    createdAt: source?.createdAt ?? session.now().toISOString(),
    cdnUrl: session.environment.url,
    ...draft.lookup,
    files: draft.files,
  };
}

function owedError(receipt: Receipt, ledger: Ledger, draft: Draft): ApplyError {
  const items = receipt.owed.reduce((sum, owed) => sum + owed.items.length, 0);
  const urls = `${items} URL${items === 1 ? '' : 's'}`;
  // Phases are refused for the same reason, each.
  const reasons = [...new Set(ledger.refusals.map(toClause))].join('; ');
  const edges = [...new Set(receipt.owed.map((owed) => owed.edge))].join(', ');
  // A deploy would undo a rollback; the same rollback again finds nothing else to do.
  const command = commandOf(draft.plan, receipt.version);
  return new ApplyError(
    'INVALIDATION_OWED',
    `Version ${receipt.version} is live, but ${edges} did not take the invalidation of ${urls}: ${reasons}. Visitors may see old copies of these until it is made.`,
    { receipt, hint: `Run \`${command}\` again: what is owed is paid first.` },
  );
}

/** The receipt as of now; with `error`, of a run that failed. */
export function summarizeRun(
  session: Session,
  draft: Draft,
  ledger: Ledger,
  live: Live | undefined,
  outputs: readonly OutputRecord[],
  error?: Error,
): Receipt {
  const { plan } = draft;
  const steps = plan.phases.flatMap((phase) => phase.steps).filter((step) => step.kind !== 'keep').length;
  const started = ledger.uploaded.files + ledger.copied + ledger.invalidated.length;
  const { live: before, applying } = draft.observation;
  const isLive = live !== undefined && (live.version !== plan.base || plan.version === plan.base);
  const stillServed = error || !isLive ? 0 : countStillServed(ledger.inventory, draft.files, [before, applying]);
  return {
    kind: 'receipt',
    format: 1,
    operation: plan.operation,
    environment: plan.environment,
    version: live?.version || null,
    previous: plan.base || null,
    cdnUrl: plan.cdnUrl,
    uploaded: { ...ledger.uploaded },
    copied: ledger.copied,
    unchanged: plan.summary.unchanged,
    ...(draft.observation.listing ? {} : { trusted: plan.summary.unchanged }),
    ...(stillServed > 0 ? { stillServed } : {}),
    invalidated: ledger.invalidated,
    owed: live?.owed ?? [],
    // Not a copy: the release of the lock is still to come, and counts.
    requests: session.requests,
    outputs,
    warnings: ledger.warnings,
    durationMs: Math.round(performance.now() - session.startedAt),
    ...(error ? { failed: describe(error, Math.max(0, steps - started)) } : {}),
  };
}

function describe(error: Error, notStarted: number): NonNullable<Receipt['failed']> {
  const code = error instanceof WaybillError ? error.code : 'INTERNAL';
  return { code, message: error.message, notStarted };
}
