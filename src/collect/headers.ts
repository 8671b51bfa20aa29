import picomatch from 'picomatch';
import type { HeaderRule } from '../config/types.ts';
import type { AssetClass, Headers } from '../model.ts';

/** A year, the most that caches are asked to honour: https://www.rfc-editor.org/rfc/rfc9111#section-5.2.2.1 and RFC 2616 before it. */
const immutableControl = 'public, max-age=31536000, immutable';

/** What a stable key gets: browsers revalidate; an edge keeps it for a day where it can be told to forget it. */
function stableControl(edgeInvalidates: boolean): string {
  return edgeInvalidates ? 'public, max-age=0, s-maxage=86400, must-revalidate' : 'public, max-age=0, must-revalidate';
}

export interface HeaderSubject {
  readonly path: string;
  readonly class: AssetClass;
  readonly contentType: string;
}

/**
 * Headers by class and type, then by the rules: later rules win header by header and `null` takes a header away. Names come out in lower
 * case and sorted. Files with equal headers share one object, so 100,000 files hold a handful of them.
 */
export function makeHeaderResolver(
  rules: readonly HeaderRule[],
  edgeInvalidates: boolean,
): (subject: HeaderSubject) => Headers {
  const compiled = rules.map((rule) => ({
    matches: picomatch([...rule.match], { dot: true, windows: false }),
    set: Object.entries(rule.set).map(([name, value]) => [name.toLowerCase(), value] as const),
  }));
  const byRecipe = new Map<string, Headers>();
  const interned = new Map<string, Headers>();
  return ({ path, class: kind, contentType }) => {
    const matching = compiled.filter(({ matches }) => matches(path));
    const recipe = `${kind}\n${contentType}\n${matching.map((rule) => compiled.indexOf(rule)).join()}`;
    const known = byRecipe.get(recipe);
    if (known !== undefined) return known;
    const headers = new Map<string, string | null>([
      ['cache-control', kind === 'immutable' ? immutableControl : stableControl(edgeInvalidates)],
      ['content-type', contentType],
    ]);
    for (const { set } of matching) for (const [name, value] of set) headers.set(name, value);
    const built = intern(interned, headers);
    byRecipe.set(recipe, built);
    return built;
  };
}

function intern(known: Map<string, Headers>, headers: ReadonlyMap<string, string | null>): Headers {
  const entries = [...headers].filter((entry): entry is [string, string] => entry[1] !== null);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify(entries);
  const shared = known.get(text) ?? Object.freeze(Object.fromEntries(entries));
  known.set(text, shared);
  return shared;
}
