import { compareUtf8 } from '../byte-order.ts';
import { type EdgeView, type InvalidationPolicy, planInvalidations, type StandingFile } from './invalidation.ts';

/** What edges are told of keys that go. All of it, whatever the budget: what is taken down must not stay in a cache. */
export function itemsToForget(
  keys: ReadonlySet<string>,
  around: {
    readonly edges: readonly EdgeView[];
    readonly url: string;
    readonly policy: InvalidationPolicy;
    /** Files that stay, in any order. */
    readonly standing: () => StandingFile[];
  },
): { readonly edge: string; readonly items: readonly string[] }[] {
  // What was cached under them, and with which headers, the manifests of many versions would tell; URLs cover it all.
  const stale = [...keys].map((key) => ({ key, cached: [], isDrift: true }));
  const { steps } = planInvalidations({
    edges: around.edges,
    url: around.url,
    policy: { ...around.policy, budget: {} },
    stale: new Map([['mutable', stale]]),
    standing: () => around.standing().sort((a, b) => compareUtf8(a.key, b.key)),
    tagHeader: () => undefined,
    isFirst: false,
  });
  return (steps.get('mutable') ?? []).map(({ edge, items }) => ({ edge, items }));
}
