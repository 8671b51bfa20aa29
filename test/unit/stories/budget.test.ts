import { expect, test } from 'vitest';
import { renderPlan } from '../../../src/cli/render/plan.ts';
import { renderPlanMarkdown } from '../../../src/cli/render/plan-markdown.ts';
import { createRecordingEdge, makeRig } from '../../rig.ts';

const paint = (_: unknown, text: string): string => text;
const files = (body: string): Record<string, string> =>
  Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`img/${i}.png`, body]));

test('the plan says which URL the budget leaves stale, and until when', async () => {
  const edge = Object.assign(createRecordingEdge(), {
    traits: { ...createRecordingEdge().traits, scopes: ['paths'] },
  });
  const invalidation = { budget: { items: 1 }, refillUsdPerGB: 0.09, runsPerMonth: 30 };
  const rig = makeRig({ files: { 'a.css': '1', 'b.css': '1' }, edges: [edge], invalidation });
  await rig.deploy();
  rig.setFiles({ 'a.css': '2', 'b.css': '2' });
  const { plan } = await rig.plan();
  const left = plan.stale?.[0]?.path ?? '';
  expect(plan.stale).toEqual([{ edge: 'edge', path: left, seconds: 86_400 }]);
  expect(plan.summary.invalidate).toBe(1);
  const warning = `1 URL stays stale at edge, since invalidation.budget is too small: ${left} (until 24 h after it was cached)`;
  expect(plan.warnings).toEqual([{ code: 'STALE_LEFT', message: warning }]);
  expect(renderPlan(plan, { paint })).toContain(warning);
  edge.taken.length = 0;
  await rig.deploy({ expect: plan.digest });
  expect(edge.taken.flat()).toHaveLength(1);
});

test('the plan says what a prefix costs and evicts', async () => {
  const rig = makeRig({ files: { ...files('1'), 'img/z.bin': 'unchanged' }, edges: [createRecordingEdge()] });
  await rig.deploy();
  rig.setFiles({ ...files('2'), 'img/z.bin': 'unchanged' });
  const { plan } = await rig.plan();
  expect(plan.summary).toMatchObject({ invalidate: 1, invalidationUsd: 0.005, evicted: 9 });
  expect(renderPlan(plan, { paint })).toMatch(
    /\/static\/img\/\* +forgotten by edge +for 40 stale; at most \$0\.005; evicts 1 unchanged file, 9 B/,
  );
  expect(renderPlan(plan, { paint })).toContain('evicts 9 B that did not change');
  expect(renderPlanMarkdown(plan)).toContain('evicts 1 unchanged file, 9 B');
});

test('an edge that keeps query strings apart and takes paths alone leaves them, and the plan says so', async () => {
  const { traits } = createRecordingEdge();
  const edge = { ...createRecordingEdge(), traits: { ...traits, scopes: ['paths'], queryStrings: 'cached' } as const };
  const rig = makeRig({ files: { 'a.css': '1' }, edges: [edge] });
  const { plan } = await rig.plan();
  const message =
    'edge is told of 1 URL by path, which leaves copies with query strings until its time is over: /static/a.css';
  expect(plan.warnings).toContainEqual({ code: 'QUERY_STRINGS_LEFT', message });
});
