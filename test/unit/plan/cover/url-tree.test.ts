import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareUtf8 } from '../../../../src/byte-order.ts';
import { Standing } from '../../../../src/plan/cover/standing.ts';
import { makeUrlTree } from '../../../../src/plan/cover/url-tree.ts';
import { encodedForms, encodeKey } from '../../../../src/plan/url.ts';

type End = 'anywhere' | 'segment';

function covers(item: string, url: string, end: End): boolean {
  const prefix = item.slice(0, -1);
  if (end === 'anywhere' || prefix.endsWith('/')) return url.startsWith(prefix);
  return url === prefix || url.startsWith(`${prefix}/`);
}

function setUp(stale: readonly string[], standing: ReadonlyMap<string, number>, end: End, needsPrefix = false) {
  const files = [...standing].map(([key, size]) => ({ key, size })).sort((a, b) => compareUtf8(a.key, b.key));
  const urls = [...new Set(stale.map((key) => `/s/${encodedForms(key, 'uri')[0]}`))];
  const tree = makeUrlTree(urls, { base: '/s/', prefixEnd: end, needsPrefix, standing: new Standing(files) });
  return { tree, urls, files: files.map(({ key, size }) => ({ url: `/s/${encodeKey(key)}`, size })) };
}

function unitsBelow(tree: ReturnType<typeof setUp>['tree'], top: number): string[] {
  const isBelow = (index: number): boolean => index === top || (index >= 0 && isBelow(tree.nodes[index]?.parent ?? -1));
  return tree.nodes.flatMap((node, index) =>
    node.unit !== undefined && isBelow(index) ? [tree.exactItem(index)] : [],
  );
}

const part = fc.constantFrom('a', 'b', 'ab', '/', '/', '-', '.', '~', ' ', '\u00e9', '\u00e8', '\u4f60', '\u{1f600}');
const key = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(''));
const site = fc.tuple(
  fc.uniqueArray(key, { minLength: 1, maxLength: 10 }),
  fc.uniqueArray(fc.tuple(key, fc.nat(9)), { maxLength: 10, selector: ([name]) => name }),
  fc.constantFrom<End>('anywhere', 'segment'),
  fc.boolean(),
);

describe('the tree of stale URLs', () => {
  test('a prefix covers what stands below its node and nothing else, and says what it evicts', () => {
    fc.assert(
      fc.property(site, ([stale, standing, end, needsPrefix]) => {
        const { tree, urls, files } = setUp(stale, new Map(standing), end, needsPrefix);
        expect(unitsBelow(tree, tree.nodes.length - 1).sort()).toEqual([...urls].sort());
        for (const [index, { wideBytes }] of tree.nodes.entries()) {
          if (wideBytes === undefined) continue;
          const item = tree.wideItem(index);
          const covered = urls.filter((url) => covers(item, url, end));
          expect(covered.sort()).toEqual(unitsBelow(tree, index).sort());
          const evicted = files.filter(({ url }) => covers(item, url, end));
          expect(tree.evicts(index).files).toBe(evicted.length);
          expect(wideBytes).toBe(evicted.reduce((sum, { size }) => sum + size, 0));
          expect(() => decodeURIComponent(item)).not.toThrow();
        }
      }),
      { numRuns: 1_500 },
    );
  });

  test('no prefix that one could think of covers as much and evicts less', () => {
    fc.assert(
      fc.property(site, ([stale, standing, end]) => {
        const { tree, urls, files } = setUp(stale, new Map(standing), end);
        const wide = tree.nodes.flatMap(({ wideBytes }, index) =>
          wideBytes === undefined ? [] : [{ units: unitsBelow(tree, index).sort().join(), bytes: wideBytes }],
        );
        for (const url of urls) {
          for (let length = 3; length <= url.length; length++) {
            const item = `${url.slice(0, length)}*`;
            const units = urls.filter((other) => covers(item, other, end)).sort();
            if (units.length < 2 || !isWhole(url, length, end)) continue;
            const bytes = files.reduce((sum, one) => sum + (covers(item, one.url, end) ? one.size : 0), 0);
            const same = wide.filter((one) => one.units === units.join());
            expect(same.map((one) => one.bytes <= bytes)).toContain(true);
          }
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test.each<[End, string[], string[]]>([
    ['anywhere', ['img/a1.png', 'img/a2.png'], ['/s/img/*']],
    ['segment', ['img/a1.png', 'img/a2.png'], ['/s/img/*']],
    ['segment', ['docs', 'docs/', 'docs/index.html', 'docs-old'], ['/s/*', '/s/docs*', '/s/docs/*']],
    ['anywhere', ['caf\u00e9', 'caf\u00e8'], ['/s/*']],
  ])('%s: %j', (end, stale, items) => {
    const { tree } = setUp(stale, new Map(), end);
    expect(tree.nodes.flatMap((node, i) => (node.wideBytes === undefined ? [] : [tree.wideItem(i)])).sort()).toEqual(
      items,
    );
  });

  test('a prefix ends inside a name where that spares neighbours, never inside an escaped character', () => {
    const standing = new Map([
      ['img/b.png', 5],
      ['caf', 5],
    ]);
    const { tree } = setUp(['img/a1.png', 'img/a2.png', 'caf\u00e9', 'caf\u00e8'], standing, 'anywhere');
    const items = tree.nodes.flatMap((node, i) => (node.wideBytes === undefined ? [] : [tree.wideItem(i)]));
    expect(items.sort()).toEqual(['/s/*', '/s/caf*', '/s/img/a*']);
  });
});

/** Whether a prefix may end there: at a character's end, and at a name's where the edge wants that. */
function isWhole(url: string, length: number, end: End): boolean {
  try {
    decodeURIComponent(url.slice(0, length));
  } catch {
    return false;
  }
  if (/%.?$/.test(url.slice(0, length))) return false;
  return end === 'anywhere' || length === url.length || url[length] === '/' || url[length - 1] === '/';
}
