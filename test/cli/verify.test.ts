import { describe, expect, test } from 'vitest';
import type { Receipt } from '../../src/receipt.ts';
import type { Verification, VerifiedReceipt } from '../../src/verify/types.ts';
import { failing, faults, sendGood, startEdge } from '../servers/edge.ts';
import { writeTree } from '../temp.ts';
import { findPort, serveProject } from './served.ts';
import { local, makeProject, parseError, parseJson, renderConfig, waybill } from './waybill.ts';

/** A project whose CDN_URL is a CDN in front of `waybill serve`, as a real one stands in front of a store. */
async function makeFronted() {
  const port = await findPort();
  const cwd = makeProject();
  const edge = await startEdge(async (name) => {
    const answer = await fetch(`http://127.0.0.1:${port}/static/${name}`);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    if (answer.status !== 200) return undefined;
    const { date: _, connection: __, 'keep-alive': ___, ...headers } = Object.fromEntries(answer.headers);
    return { headers, bytes };
  });
  writeTree(cwd, { 'waybill.config.json': renderConfig({ dev: local({ url: edge.url }) }) });
  await waybill(cwd, 'deploy');
  await serveProject(cwd, port);
  return { cwd, edge };
}

describe('verify', () => {
  test('against `waybill serve`: exit 0, as a sentence and as one document', async () => {
    const port = await findPort();
    const cwd = makeProject();
    writeTree(cwd, {
      'waybill.config.json': renderConfig({ dev: local({ url: `http://127.0.0.1:${port}/static/`, protected: true }) }),
    });
    await waybill(cwd, 'deploy --yes');
    await serveProject(cwd, port);
    const run = await waybill(cwd, 'verify');
    expect(run).toMatchObject({ code: 0, stdout: 'CDN_URL answers with version 1 of dev. 3 files checked.\n' });
    expect(run.stderr).toContain('verify      3 of 3 files');
    const json = await waybill(cwd, 'verify --sample 2 --json');
    expect(json).toMatchObject({ code: 0, stderr: '' });
    expect(parseJson<Verification>(json)).toEqual({
      kind: 'verification',
      format: 1,
      environment: 'dev',
      version: 1,
      checked: 2,
      skipped: 1,
      ok: true,
      problems: [],
    });
    expect((await waybill(cwd, 'verify --sample 1')).stdout).toContain('1 file checked, 2 not (--all checks all).');
  });

  test('a problem is exit 8: the document on stdout, the error as the last line of stderr', async () => {
    const { cwd, edge } = await makeFronted();
    edge.faults.set('js/app-3f9ab1c2.js', faults.fallback);
    const run = await waybill(cwd, 'verify --all --json');
    expect(run.code).toBe(8);
    const message = 'answers with a page (SPA fallback), so the browser would run HTML as a script';
    expect(parseJson<Verification>(run)).toMatchObject({
      kind: 'verification',
      checked: 3,
      ok: false,
      problems: [{ path: 'js/app-3f9ab1c2.js', url: `${edge.url}js/app-3f9ab1c2.js`, code: 'SPA_FALLBACK', message }],
    });
    expect(parseError(run)).toMatchObject({
      kind: 'error',
      code: 'VERIFICATION_FAILED',
      exitCode: 8,
      message: `Version 1 of dev failed verification: js/app-3f9ab1c2.js ${message}.`,
      hint: expect.stringContaining('without an extension'),
    });
    edge.faults.set('css/style.css', faults.moved);
    const table = await waybill(cwd, 'verify');
    expect(table.code).toBe(8);
    expect(table.stdout).toContain('CDN_URL does not answer with version 1 of dev: 2 problems. 3 files checked.');
    expect(table.stdout).toMatch(/REDIRECT +css\/style\.css +redirects to https:\/\/elsewhere\.example\//);
    expect(table.stderr).toContain('error [VERIFICATION_FAILED]');
  });

  test('many requests at once, and many that are tried again, say nothing of a leak', async () => {
    const { cwd, edge } = await makeFronted();
    const files = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`site/css/f${index}.css`, `a{${index}}`]),
    );
    writeTree(cwd, files);
    await waybill(cwd, 'deploy');
    for (const path of Object.keys(files)) edge.faults.set(path.slice('site/'.length), failing(1, 503));
    const warnings: string[] = [];
    const note = ({ name }: Error): void => void warnings.push(name);
    process.on('warning', note);
    const run = await waybill(cwd, 'verify --all');
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', note);
    expect({ code: run.code, warnings }).toEqual({ code: 0, warnings: [] });
    expect(run.stdout).toContain('43 files checked.');
  });

  test('nobody at CDN_URL is exit 7, at once, and says which command answers there', async () => {
    const cwd = makeProject();
    const port = await findPort();
    writeTree(cwd, { 'waybill.config.json': renderConfig({ dev: local({ url: `http://127.0.0.1:${port}/` }) }) });
    await waybill(cwd, 'deploy');
    const run = await waybill(cwd, 'verify --json');
    expect(run).toMatchObject({ code: 7, stdout: '' });
    expect(parseError(run)).toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
      hint: 'Start `waybill serve --env dev`, which answers there.',
    });
  });

  test('a certificate that is wrong is not asked again', async () => {
    const cwd = makeProject();
    const edge = await startEdge(() => undefined);
    // It speaks no TLS, as a wrong port would not.
    writeTree(cwd, {
      'waybill.config.json': renderConfig({ dev: local({ url: edge.url.replace('http:', 'https:') }) }),
    });
    await waybill(cwd, 'deploy');
    const run = await waybill(cwd, 'verify --retry-budget 0 --json');
    expect(run.code).toBe(7);
    expect(parseError(run).message).toContain('does not answer');
  });

  test.each([
    'verify --sample 0',
    'verify --sample 5 --all',
    'verify --everything',
    'deploy --rollback-on-failure',
    'deploy --dry-run --verify',
    'deploy --stage --verify',
    'activate --to 1 --rollback-on-failure',
  ])('%s is exit 2', async (line) => {
    const run = await waybill(makeProject(), `${line} --json`);
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(parseError(run).code).toBe('USAGE');
  });
});

describe('deploy --verify', () => {
  test('in front of `waybill serve`: receipt and verification in one document', async () => {
    const { cwd } = await makeFronted();
    writeTree(cwd, { 'site/css/style.css': 'body { color: red }' });
    const run = await waybill(cwd, 'deploy --verify --json');
    expect(run.code).toBe(0);
    expect(parseJson<VerifiedReceipt>(run)).toMatchObject({
      kind: 'receipt',
      version: 2,
      verification: { kind: 'verification', version: 2, checked: 3, ok: true },
    });
    expect((await waybill(cwd, 'deploy --verify')).stdout).toContain('CDN_URL answers with version 2 of dev.');
  });

  test('--rollback-on-failure behind a bad edge: exit 8, and visitors see the version before', async () => {
    const { cwd, edge } = await makeFronted();
    const before = await (await fetch(`${edge.url}css/style.css`)).text();
    // Goes wrong only for what the second version brings.
    edge.faults.set('css/style.css', (response, good) => {
      const isNew = Buffer.from(good?.bytes ?? []).includes('red');
      if (good && !isNew) sendGood(response, good);
      else faults.fallback(response, good);
    });
    writeTree(cwd, { 'site/css/style.css': 'body { color: red }' });
    const run = await waybill(cwd, 'deploy --verify --rollback-on-failure --wait-timeout 0 --json');
    expect(run.code).toBe(8);
    expect(parseJson<VerifiedReceipt>(run)).toMatchObject({
      kind: 'receipt',
      operation: 'deploy',
      version: 2,
      verification: { ok: false, problems: [{ path: 'css/style.css', code: 'SPA_FALLBACK' }] },
      rollback: { kind: 'receipt', operation: 'rollback', version: 1, previous: 2 },
    });
    expect(parseError(run)).toMatchObject({
      code: 'VERIFICATION_FAILED',
      exitCode: 8,
      message:
        'Version 2 failed verification (css/style.css answers with a page (SPA fallback), so the browser would read HTML as a style sheet); version 1 is live again.',
    });
    expect(await (await fetch(`${edge.url}css/style.css`)).text()).toBe(before);
    expect((await waybill(cwd, 'verify')).code).toBe(0);

    const table = await waybill(cwd, 'deploy --verify --rollback-on-failure --wait-timeout 0');
    expect(table.code).toBe(8);
    expect(table.stdout).toContain('Version 3 is live in dev (before: 1).');
    expect(table.stdout).toContain('Version 1 is live again in dev (before: 3).');
    const next = await waybill(cwd, 'rollback --to 2 --verify --wait-timeout 0 --json');
    expect(next.code).toBe(8);
    expect(parseJson<Receipt>(next)).toMatchObject({ version: 2, previous: 1, verification: { ok: false } });
  });

  test('a protected environment is asked once', async () => {
    const { cwd, edge } = await makeFronted();
    writeTree(cwd, {
      'site/css/style.css': 'body { color: red }',
      'waybill.config.json': renderConfig({ dev: local({ url: edge.url, protected: true }) }),
    });
    edge.faults.set('css/style.css', faults.truncated);
    const run = await waybill(cwd, 'deploy --verify --rollback-on-failure --wait-timeout 0', {
      isTTY: true,
      env: { TERM: 'dumb' },
      answer: { after: '[y/N]', text: 'y\n' },
    });
    expect(run.code).toBe(8);
    expect(run.stderr.split('[y/N]')).toHaveLength(2);
    expect(run.stdout).toContain('Version 1 is live again in dev (before: 2).');
  });

  test('a promotion is verified through the CDN_URL of its target, and rolled back there', async () => {
    const cwd = makeProject();
    const edge = await startEdge(() => undefined);
    const prod = { origin: { use: 'local', directory: '.prod' }, url: edge.url };
    writeTree(cwd, { 'waybill.config.json': renderConfig({ dev: local(), prod }) });
    await waybill(cwd, 'deploy --env prod');
    writeTree(cwd, { 'site/css/style.css': 'body { color: red }' });
    await waybill(cwd, 'deploy --env dev');
    const run = await waybill(
      cwd,
      'promote --from dev --env prod --verify --rollback-on-failure --wait-timeout 0 --json',
    );
    expect(run.code).toBe(8);
    expect(parseJson<VerifiedReceipt>(run)).toMatchObject({
      operation: 'promote',
      environment: 'prod',
      version: 2,
      verification: { problems: [{ code: 'STATUS' }, { code: 'STATUS' }, { code: 'STATUS' }] },
      rollback: { environment: 'prod', version: 1, previous: 2 },
    });
    expect(parseJson(await waybill(cwd, 'status --env dev --json'))).toMatchObject({ live: { version: 1 } });
  });

  test('a signal while it verifies leaves the version live, and says so', async () => {
    const { cwd, edge } = await makeFronted();
    writeTree(cwd, { 'site/css/style.css': 'body { color: red }' });
    let send: ((signal: 'SIGINT') => void) | undefined;
    edge.faults.set('css/style.css', () => send?.('SIGINT'));
    const run = await waybill(cwd, 'deploy --verify --rollback-on-failure --wait-timeout 0', {
      onStderr: (_all, by) => {
        send = by;
      },
    });
    expect(run.code).toBe(130);
    expect(run.stderr).toContain('Interrupted by SIGINT. Version 2 is live and was not verified.');
  });
});
