import { describe, expect, test } from 'vitest';
import { renderDiff } from '../../../src/cli/render/diff.ts';
import { renderPlan } from '../../../src/cli/render/plan.ts';
import { renderPlanMarkdown } from '../../../src/cli/render/plan-markdown.ts';
import { renderBytes, renderCount, renderDuration, renderUsd } from '../../../src/cli/render/quantity.ts';
import { renderReceipt } from '../../../src/cli/render/receipt.ts';
import { renderTable } from '../../../src/cli/render/table.ts';
import { cutRows, renderList, renderName } from '../../../src/cli/render/text.ts';
import type { Manifest } from '../../../src/model.ts';
import type { Plan, Step } from '../../../src/plan/types.ts';
import type { Receipt } from '../../../src/receipt.ts';
import { compareVersions } from '../../../src/versions.ts';

const paint = (_format: string, text: string): string => text;

function upload(key: string): Step {
  const body = { sha256: '0'.repeat(64), size: 1500, class: 'mutable', headers: {} } as const;
  return { kind: 'upload', key, ...body, reason: 'content', ifMatch: null, wave: 0 };
}

function makePlan(more: Partial<Plan> = {}): Plan {
  return {
    kind: 'plan',
    format: 1,
    operation: 'deploy',
    environment: 'prod',
    base: 11,
    version: 12,
    cdnUrl: 'https://cdn.example/',
    digest: 'd'.repeat(64),
    summary: { upload: 1, copy: 2, unchanged: 1199, invalidate: 3, bytes: 1500, invalidationUsd: 0.015, evicted: 0 },
    warnings: [],
    owed: [],
    wanted: 'e'.repeat(64),
    phases: [{ name: 'mutable', steps: [upload('a.css')] }],
    ...more,
  };
}

function makeReceipt(more: Partial<Receipt> = {}): Receipt {
  return {
    kind: 'receipt',
    format: 1,
    operation: 'deploy',
    environment: 'prod',
    version: 12,
    previous: 11,
    cdnUrl: 'https://cdn.example/',
    uploaded: { files: 3, bytes: 2_500_000 },
    copied: 1,
    unchanged: 1200,
    invalidated: [],
    owed: [],
    requests: { list: 1, read: 2, write: 9, copy: 0, remove: 0 },
    outputs: [],
    warnings: [],
    durationMs: 3210,
    ...more,
  };
}

describe('quantities', () => {
  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [999_949, '999.9 kB'],
    [999_950, '1.0 MB'],
    [314_572_800, '314.6 MB'],
    [5e12, '5.0 TB'],
  ])('%i bytes are %s', (bytes, text) => expect(renderBytes(bytes)).toBe(text));
  test.each([
    [12.4, '12 ms'],
    [3210, '3.2 s'],
    [59_990, '1 min 0 s'],
    [245_000, '4 min 5 s'],
    [11_400_000, '3 h 10 min'],
    [187_200_000, '2 d 4 h'],
  ])('%d ms are %s', (ms, text) => expect(renderDuration(ms)).toBe(text));
  test.each([
    [0, '$0'],
    [0.0002, 'less than $0.001'],
    [0.005, '$0.005'],
    [1.5, '$1.50'],
  ])('%d dollars are %s', (usd, text) => expect(renderUsd(usd)).toBe(text));
  test('counts', () => expect([renderCount(1, 'file'), renderCount(1204, 'file')]).toEqual(['1 file', '1,204 files']));
});

describe('texts', () => {
  test('control characters and text direction marks are made visible', () => {
    expect(renderName('a\u001b[31mb\u202ec\n')).toBe('a\\u001b[31mb\\u202ec\\u000a');
  });
  test('one row more than the limit is shown, two are cut', () => {
    expect(cutRows([1, 2, 3], 2)).toEqual({ shown: [1, 2, 3], hidden: 0 });
    expect(cutRows([1, 2, 3, 4], 2)).toEqual({ shown: [1, 2], hidden: 2 });
    expect(renderList(['a', 'b', 'c', 'd'], 2)).toBe('a, b and 2 more');
  });
  test('columns line up with colours, combining marks and right alignment', () => {
    const rows = [
      ['\u001b[32ma\u001b[39m', '1', 'x'],
      ['cafe\u0301', '22', ''],
    ];
    expect(renderTable(rows, { right: [1] })).toBe('\u001b[32ma\u001b[39m      1  x\ncafe\u0301  22');
  });
});

describe('a plan', () => {
  const text = (plan: Plan): string => renderPlan(plan, { paint, next: 'waybill deploy' });

  test('names version, counts, cost and next command', () => {
    const lines = text(makePlan());
    expect(lines).toContain('Plan for prod: version 12, on top of 11');
    expect(lines).toContain('invalidate  3 items      at most $0.01; the monthly allowance is not counted');
    expect(lines).toContain('  +  a.css  content changed  1.5 kB');
    expect(lines).toMatch(/next +waybill deploy$/);
  });
  test('without steps says so, and names no next command', () => {
    const summary = { ...makePlan().summary, upload: 0, copy: 0, invalidate: 0 };
    const lines = text(makePlan({ version: 11, phases: [], summary }));
    expect(lines).toMatch(/^Nothing to do: version 11 is live and complete in prod\n/);
    expect(lines).not.toContain('next');
  });
  test('a repair and a rollback are called so', () => {
    expect(text(makePlan({ version: 11 }))).toContain('Plan for prod: repair version 11');
    expect(text(makePlan({ version: 9, operation: 'rollback' }))).toContain('Plan for prod: back to version 9 from 11');
  });
  test('what is owed is work', () => {
    const owed = [{ edge: 'cloudfront', items: ['/a.css'], version: 10 }];
    const lines = text(makePlan({ version: 11, phases: [], owed }));
    expect(lines).toContain('cloudfront: /a.css (since version 10)');
    expect(lines).not.toContain('Nothing to do');
  });
  test('long phases and many warnings are cut with counts', () => {
    const steps = Array.from({ length: 500 }, (_, i) => upload(`f${i}.css`));
    const warnings = Array.from({ length: 30 }, (_, i) => ({ code: 'W', message: `warning ${i}` }));
    const lines = text(makePlan({ phases: [{ name: 'mutable', steps }], warnings }));
    expect(lines).toContain('… and 480 more (--json lists all)');
    expect(lines).toContain('… and 20 more warnings (--json lists all)');
    expect(lines.split('\n').length).toBeLessThan(60);
  });
});

describe('a diff', () => {
  const version = (externals?: Manifest['externals']): Manifest => ({
    ...{ format: 1, project: 'p', environment: 'prod', version: 1, source: {}, cdnUrl: '', createdAt: '', files: [] },
    ...(externals === undefined ? {} : { externals }),
  });
  const text = (before: Manifest, after: Manifest) =>
    renderDiff(compareVersions(before, after), { environment: 'prod', from: 1, to: 2 }, paint);

  test('tells what came to a public CDN, left it, or has another copy there', () => {
    const one = { url: 'https://cdn.example/1', integrity: 'sha384-A' };
    const before = version({ 'gone.css': one, 'moved.css': one, 'other.css': one, 'same.css': one });
    const after = version({
      'came.css': one,
      'moved.css': { ...one, url: 'https://cdn.example/2' },
      'other.css': { ...one, integrity: 'sha384-B' },
      'same.css': { ...one },
    });
    const lines = text(before, after);
    expect(lines).toMatch(/\+ +came\.css +now from https:\/\/cdn\.example\/1/);
    expect(lines).toMatch(/- +gone\.css +no longer from https:\/\/cdn\.example\/1/);
    expect(lines).toMatch(/~ +moved\.css +from https:\/\/cdn\.example\/1 to https:\/\/cdn\.example\/2/);
    expect(lines).toMatch(/~ +other\.css +other bytes at https:\/\/cdn\.example\/1/);
    expect(lines).not.toContain('same.css');
    expect(lines).toContain('4 at public CDNs');
    expect(text(before, before)).toContain('no difference');
  });
});

describe('a plan as Markdown', () => {
  test('table, details, digest and command', () => {
    const text = renderPlanMarkdown(makePlan());
    expect(text).toContain('| Upload | 1 file | 1.5 kB |');
    expect(text).toContain('| upload | <code>a.css</code> | content changed | 1.5 kB |');
    expect(text).toContain(`--expect ${'d'.repeat(64)}`);
  });
  test('names cannot break out of the table or become HTML', () => {
    const text = renderPlanMarkdown(makePlan({ phases: [{ name: 'mutable', steps: [upload('a|b`<img>.css')] }] }));
    expect(text).toContain('<code>a&#124;b&#96;&#60;img&#62;.css</code>');
  });
  test('ten thousand files of long names stay below the longest comment', () => {
    const steps = Array.from({ length: 10_000 }, (_, i) => upload(`${'deep/'.repeat(100)}${i}.css`));
    const phases = (['immutable', 'mutable', 'entry'] as const).map((name) => ({ name, steps }));
    const warnings = Array.from({ length: 1000 }, () => ({ code: 'W', message: 'w'.repeat(200) }));
    const text = renderPlanMarkdown(makePlan({ phases, warnings }));
    expect(text.length).toBeLessThan(65_536);
    expect(text).toContain('… and 9,950 more.');
  });
  test('without steps says so', () => {
    const text = renderPlanMarkdown(makePlan({ version: 11, phases: [] }));
    expect(text).toContain('### Nothing to do: version 11 is live and complete in prod');
    expect(text).not.toContain('Apply exactly');
  });
});

describe('a receipt', () => {
  test.each([
    ['a new version', {}, 'Version 12 is live in prod (before: 11).'],
    ['the first one', { version: 1, previous: null }, 'Version 1 is live in prod.'],
    ['a repair', { previous: 12 }, 'Repaired version 12 in prod.'],
    ['a rollback', { operation: 'rollback' as const }, 'Version 12 is live again in prod (before: 11).'],
    [
      'nothing to do',
      { previous: 12, copied: 0, uploaded: { files: 0, bytes: 0 } },
      'Nothing to do: version 12 is live and complete in prod.',
    ],
    [
      'a failure',
      { version: 11, failed: { code: 'X', message: 'm', notStarted: 4 } },
      'The deploy to prod did not finish; version 11 is live.',
    ],
  ])('%s', (_name, more, headline) => {
    expect(renderReceipt(makeReceipt(more), paint).split('\n')[0]).toBe(headline);
  });
  test('counts, requests, what is owed and CDN_URL', () => {
    const owed = [{ edge: 'cloudfront', items: ['/a', '/b'], version: 12 }];
    const text = renderReceipt(makeReceipt({ owed, warnings: ['slow edge'] }), paint);
    expect(text).toMatch(/uploaded +3 files, 2\.5 MB/);
    expect(text).toMatch(/owed +2 items at cloudfront: \/a, \/b/);
    expect(text).toMatch(/requests +1 list, 2 read, 9 write\n/);
    expect(text).toContain('warning: slow edge');
    expect(text).toMatch(/CDN_URL +https:\/\/cdn\.example\//);
  });
});
