import type { Verification } from './types.ts';

/** `3 problems, the first: css/app.css serves version 6's bytes`. */
export function summarizeProblems({ problems }: Verification): string {
  const [first] = problems;
  if (!first) return 'no problem';
  const sentence = `${first.path} ${first.message.replace(/\.$/, '')}`;
  return problems.length === 1 ? sentence : `${problems.length} problems, the first: ${sentence}`;
}

/** What usually helps, by what was found. */
export function suggestRemedy({ environment, version, problems }: Verification): string {
  const codes = new Set(problems.map(({ code }) => code));
  if (codes.has('SPA_FALLBACK')) {
    return 'Let the fallback of the edge answer only names without an extension, and let the others be 404.';
  }
  if (codes.has('STALE')) {
    return `The edge may still be forgetting: wait and verify again, or run \`waybill invalidate --env ${environment}\` with these paths.`;
  }
  if (codes.has('STATE_PUBLIC') || codes.has('UNKNOWN_NAME')) {
    return 'Correct what the edge and the bucket let visitors read; docs/reliability.md says how each probe works.';
  }
  if (codes.has('HEADER') || codes.has('TYPE') || codes.has('BYTES')) {
    return `Compare with the origin: \`waybill status --env ${environment} --deep\`. If that finds no drift, the edge changes what it passes on.`;
  }
  return `Verify again, or go back: \`waybill rollback --env ${environment}\` leaves version ${version}.`;
}
