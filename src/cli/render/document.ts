import type { PruneReceipt, Receipt } from '../../receipt.ts';
import type { Verification, VerifiedReceipt } from '../../verify/types.ts';
import type { Paint } from '../style.ts';
import { renderPruneReceipt } from './prune.ts';
import { renderReceipt } from './receipt.ts';
import { renderVerification } from './verification.ts';

/** A document of a run: a verification, or a receipt with what followed it. `undefined` for anything else. */
export function renderDocument(document: unknown, paint: Paint): string | undefined {
  if (isKind<Verification>(document, 'verification')) return renderVerification(document, paint);
  if (!isKind<(Receipt & Partial<VerifiedReceipt>) | PruneReceipt>(document, 'receipt')) return undefined;
  if (document.operation === 'prune') return renderPruneReceipt(document, paint);
  const { verification, rollback } = document;
  return [
    renderReceipt(document, paint),
    ...(verification ? [renderVerification(verification, paint)] : []),
    ...(rollback ? [renderReceipt(rollback, paint)] : []),
  ].join('\n\n');
}

function isKind<T>(value: unknown, kind: string): value is T {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}
