import { describe, expect, it, onTestFinished } from 'vitest';
import type { Call, Edge, InvalidationRequest } from '../../src/provider/contract.ts';

/** An edge under test, with a look at the vendor's side of it. */
export interface OpenEdge {
  readonly edge: Edge;
  /** The items that the vendor holds, in any order; an item accepted twice stands there twice. */
  accepted(): Promise<readonly string[]>;
  close(): Promise<void>;
}

const cases = {
  'traits are usable by the planner': async ({ edge }) => {
    expect(edge.name).not.toBe('');
    expect(edge.traits.scopes.length).toBeGreaterThan(0);
    expect(edge.traits.maxPaths).toBeGreaterThan(0);
    expect(edge.traits.price.perItemUsd).toBeGreaterThanOrEqual(0);
    expect(edge.traits.price.freePerMonth).toBeGreaterThanOrEqual(0);
  },
  'paths are accepted as they are': async (open) => {
    const items = ['/', '/index.html', '/docs/', '/docs', '/docs/index.html'];
    await open.edge.invalidate(request(items), call());
    expect(sorted(await open.accepted())).toEqual(sorted(items));
  },
  'percent-encoded and XML-special characters survive': async (open) => {
    const items = ['/a%20b.css', '/caf%C3%A9/%25.js', "/q&a's+(1)~x.html", '/%3Ctag%3E.svg', '/fonts/%23%3F.woff2'];
    await open.edge.invalidate(request(items), call());
    expect(sorted(await open.accepted())).toEqual(sorted(items));
  },
  'prefixes and tags are accepted where the traits say so': async (open) => {
    const { scopes, tagging } = open.edge.traits;
    const items = [
      ...(scopes.includes('prefixes') ? ['/app/*', '/*'] : []),
      ...(scopes.includes('tags') ? ['#css', '#f-0a1b2c'] : []),
    ];
    expect(scopes.includes('tags')).toBe(tagging !== undefined);
    await open.edge.invalidate(request(items), call());
    expect(sorted(await open.accepted())).toEqual(sorted(items));
  },
  'everything is accepted where the traits say so': async (open) => {
    const items = open.edge.traits.scopes.includes('everything') ? ['*'] : [];
    await open.edge.invalidate(request(items), call());
    // Some have no other word for it than the widest prefix.
    expect((await open.accepted()).map((item) => (item === '/*' ? '*' : item))).toEqual(items);
  },
  'nothing to invalidate asks for nothing': async (open) => {
    const { id } = await open.edge.invalidate(request([]), call());
    expect(await open.accepted()).toEqual([]);
    expect(await settles(open.edge, id)).toBe(true);
  },
  'an item named twice is asked for once': async (open) => {
    await open.edge.invalidate(request(['/a.css', '/b.css', '/a.css']), call());
    expect(sorted(await open.accepted())).toEqual(['/a.css', '/b.css']);
  },
  'trap 6: more items than one call takes are accepted completely': async (open) => {
    const count = Math.min(open.edge.traits.maxPaths, 4_000) + 1;
    const items = Array.from({ length: count }, (_, i) => `/assets/${i}.css`);
    await open.edge.invalidate(request(items), call());
    expect(new Set(await open.accepted())).toEqual(new Set(items));
  },
  'trap 7: the list of items is not changed': async (open) => {
    const widest = open.edge.traits.scopes.includes('prefixes') ? '/app/*' : '/app/';
    const items = Object.freeze(['/b.css', '/a.css', widest]);
    await open.edge.invalidate(Object.freeze(request(items)), call());
    expect(items).toEqual(['/b.css', '/a.css', widest]);
  },
  'trap 7: calls within one second are all accepted': async (open) => {
    await Promise.all(['/a.css', '/b.css', '/c.css'].map((item) => open.edge.invalidate(request([item]), call())));
    expect(sorted(await open.accepted())).toEqual(['/a.css', '/b.css', '/c.css']);
  },
  'a retry with the same nonce is accepted once': async (open) => {
    const again = request(['/index.html', '/app.css']);
    const first = await open.edge.invalidate(again, call());
    const second = await open.edge.invalidate(again, call());
    expect(second.id).toBe(first.id);
    expect(sorted(await open.accepted())).toEqual(['/app.css', '/index.html']);
  },
  'the same items under another nonce are accepted again': async (open) => {
    await open.edge.invalidate(request(['/index.html']), call());
    await open.edge.invalidate(request(['/index.html']), call());
    expect(await open.accepted()).toEqual(['/index.html', '/index.html']);
  },
  'an accepted invalidation settles': async ({ edge }) => {
    const { id } = await edge.invalidate(request(['/index.html']), call());
    expect(await settles(edge, id)).toBe(true);
  },
  'an aborted call rejects with its reason and asks for nothing': async (open) => {
    const reason = new Error('stopped by the test');
    const aborted: Call = { signal: AbortSignal.abort(reason) };
    await expect(open.edge.invalidate(request(['/index.html']), aborted)).rejects.toBe(reason);
    expect(await open.accepted()).toEqual([]);
  },
} satisfies Record<string, (open: OpenEdge) => Promise<void>>;

export type EdgeCase = keyof typeof cases;

/**
 * What every edge promises. `open` gives a fresh edge to each case. `gaps` names the cases that the server behind it is known to
 * fail, with the reason; a gap that has closed fails, so that the list stays true.
 */
export function describeEdge(
  name: string,
  open: () => Promise<OpenEdge>,
  gaps: { readonly [K in EdgeCase]?: string } = {},
): void {
  describe(`edge contract: ${name}`, () => {
    for (const [title, check] of Object.entries(cases) as [EdgeCase, (open: OpenEdge) => Promise<void>][]) {
      const gap = gaps[title];
      const run = gap === undefined ? it : it.fails;
      run(gap === undefined ? title : `${title} (known gap: ${gap})`, async () => {
        const opened = await open();
        onTestFinished(() => opened.close());
        await check(opened);
      });
    }
  });
}

let calls = 0;

export function request(items: readonly string[]): InvalidationRequest {
  return { url: 'https://static.shop.example/', items, nonce: `contract-${calls++}` };
}

export function call(): Call {
  return { signal: AbortSignal.timeout(20_000) };
}

async function settles(edge: Edge, id: string): Promise<boolean> {
  if (edge.settled === undefined) return true;
  for (let i = 0; i < 100; i++) {
    if (await edge.settled(id, call())) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

function sorted(items: readonly string[]): readonly string[] {
  return [...items].sort();
}
