import type { EdgeView } from './invalidation.ts';
import type { LeftStale, Phase, Warning } from './types.ts';

const mostNamed = 5;

/** Which URLs the budget leaves stale, and until when. */
export function staleWarnings(left: readonly LeftStale[]): Warning[] {
  return [...new Set(left.map(({ edge }) => edge))].map((edge) => {
    const own = left.filter((one) => one.edge === edge);
    const named = own.slice(0, mostNamed).map(({ path, seconds }) => `${path} ${untilWhen(seconds)}`);
    const more = own.length > mostNamed ? ` and ${own.length - mostNamed} more` : '';
    const stay = own.length === 1 ? '1 URL stays' : `${own.length} URLs stay`;
    return {
      code: 'STALE_LEFT',
      message: `${stay} stale at ${edge}, since invalidation.budget is too small: ${named.join(', ')}${more}`,
    };
  });
}

/** Edges that keep query strings apart and take nothing that covers them. */
export function queryWarnings(edges: readonly EdgeView[], phases: readonly Phase[]): Warning[] {
  const steps = phases.flatMap((phase) => phase.steps).filter((step) => step.kind === 'invalidate');
  return edges.flatMap(({ name, traits }) => {
    if (traits.queryStrings !== 'cached' || traits.scopes.includes('prefixes')) return [];
    const items = steps.filter((step) => step.edge === name).flatMap((step) => step.items);
    const paths = items.filter((item) => item.startsWith('/'));
    if (paths.length === 0) return [];
    const [urls, their] = paths.length === 1 ? ['1 URL', 'its'] : [`${paths.length} URLs`, 'their'];
    const message = `${name} is told of ${urls} by path, which leaves copies with query strings until ${their} time is over: ${paths.slice(0, mostNamed).join(', ')}`;
    return [{ code: 'QUERY_STRINGS_LEFT', message }];
  });
}

function untilWhen(seconds: number | null): string {
  if (seconds === null) return '(as long as the edge keeps it)';
  const [size, unit] = seconds % 3600 === 0 ? [3600, 'h'] : seconds % 60 === 0 ? [60, 'min'] : [1, 's'];
  return `(until ${seconds / size} ${unit} after it was cached)`;
}
