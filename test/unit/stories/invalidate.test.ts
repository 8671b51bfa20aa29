import { expect, test } from 'vitest';
import { ProviderError } from '../../../src/errors/errors.ts';
import { invalidate } from '../../../src/invalidate.ts';
import { createRecordingEdge, makeRig, type RigOptions } from '../../rig.ts';

const site = { 'index.html': 'home', 'app.css': 'a{}' };
const named = { paths: ['app.css'], all: false, wait: 'submitted', waitTimeoutMs: 1000 } as const;

/** A deployed site whose edges have been told nothing since. Any write at the origin throws. */
async function open(edges: NonNullable<RigOptions['edges']>, retryBudgetMs = 0) {
  const rig = makeRig({ files: site, edges, retryBudgetMs });
  await rig.deploy();
  for (const edge of edges.flat()) if ('taken' in edge) (edge.taken as string[][]).length = 0;
  return {
    rig,
    run: async (options = {}) => invalidate(await rig.session({ readonly: true }), { ...named, ...options }),
  };
}

test('every edge forgets, from the origin outwards, each after the one before has settled', async () => {
  const told: string[] = [];
  const inner = { ...createRecordingEdge('inner'), settled: async () => told.push('settled') > 0 };
  const outer = createRecordingEdge('outer');
  const { run } = await open([inner, outer]);
  told.length = 0;
  const tell = inner.invalidate.bind(inner);
  inner.invalidate = async (request, call) => {
    told.push('inner');
    return tell(request, call);
  };
  const tellOuter = outer.invalidate.bind(outer);
  outer.invalidate = async (request, call) => {
    told.push('outer');
    return tellOuter(request, call);
  };
  expect(await run()).toEqual({
    kind: 'invalidation',
    format: 1,
    environment: 'test',
    invalidated: [
      { edge: 'inner', id: expect.any(String), items: ['/static/app.css'] },
      { edge: 'outer', id: expect.any(String), items: ['/static/app.css'] },
    ],
    warnings: [],
  });
  expect(told).toEqual(['inner', 'settled', 'outer']);
});

test('--all is everything below CDN_URL', async () => {
  const edge = createRecordingEdge();
  const { run } = await open([edge]);
  await run({ paths: [], all: true });
  expect(edge.taken).toEqual([['/static', '/static/*']]);
});

test('a name that the live version does not have is told as a URL path, with a note', async () => {
  const edge = createRecordingEdge();
  const { run } = await open([edge]);
  expect((await run({ paths: ['new.js'] })).warnings).toEqual([
    'Version 1 has no new.js; it is invalidated as a URL path',
  ]);
  expect(edge.taken).toEqual([['/static/new.js']]);
});

test('before the first deploy there may be cached absences', async () => {
  const edge = createRecordingEdge();
  const rig = makeRig({ files: site, edges: [edge] });
  await invalidate(await rig.session({ readonly: true }), named);
  expect(edge.taken).toEqual([['/static/app.css']]);
});

test.each([
  ['rejected', 6],
  ['unavailable', 7],
] as const)(
  'an edge that answers "%s" is exit %d by its own error; outer edges wait, and nothing is owed',
  async (kind, exitCode) => {
    const [inner, outer] = [createRecordingEdge('inner'), createRecordingEdge('outer')];
    const { rig, run } = await open([inner, outer]);
    inner.failing = new ProviderError(kind, 'Not today.', { hint: 'Ask tomorrow.' });
    await expect(run()).rejects.toMatchObject({
      kind,
      exitCode,
      message: expect.stringContaining('inner: Not today; outer: not told before inner'),
      hint: 'Ask tomorrow.',
    });
    expect(outer.taken).toEqual([]);
    const live = JSON.parse(new TextDecoder().decode(rig.objects.get('.waybill/live')?.bytes));
    expect(live.owed).toEqual([]);
  },
);

test('wait done polls until the edge has forgotten; slow is a warning', async () => {
  let polls = 0;
  const edge = { ...createRecordingEdge(), settled: async () => ++polls > 1 };
  const { run } = await open([edge]);
  polls = 0;
  expect((await run({ wait: 'done', waitTimeoutMs: 5000 })).warnings).toEqual([]);
  expect(polls).toBe(2);
  edge.settled = async () => false;
  expect((await run({ wait: 'done', waitTimeoutMs: 0 })).warnings).toEqual([expect.stringContaining('still at it')]);
});
