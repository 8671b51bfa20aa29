import { describe, expect, test } from 'vitest';
import * as waybill from '../../src/index.ts';
import { writeTree } from '../temp.ts';
import { findPort, serveProject } from './served.ts';
import { local, makeProject, renderConfig } from './waybill.ts';

describe('the library', () => {
  test('does the main job without printing', async () => {
    const cwd = makeProject();
    const events: string[] = [];
    const options = { cwd, variables: {}, onEvent: (event: waybill.Event) => events.push(event.kind) };
    const made = await waybill.plan(options);
    expect(made.summary.upload).toBe(3);
    const receipt = await waybill.deploy({ ...options, expect: made.digest, message: 'first' });
    expect(receipt).toMatchObject({ kind: 'receipt', version: 1, uploaded: { files: 3 } });
    expect(events).toContain('live');
    writeTree(cwd, { 'site/index.html': 'two' });
    await waybill.deploy(options);
    expect((await waybill.versions(options)).map((one) => one.version)).toEqual([1, 2]);
    expect(await waybill.diff({ ...options, from: 1, to: 2 })).toMatchObject({
      changed: [{ after: { key: 'index.html' } }],
    });
    expect(await waybill.rollback(options)).toMatchObject({ version: 1, copied: 1 });
    expect((await waybill.show(options)).message).toBe('first');
    expect((await waybill.status(options)).live?.version).toBe(1);
    expect(await waybill.invalidate({ ...options, paths: ['index.html'] })).toMatchObject({
      invalidated: [{ edge: 'local' }],
    });
    expect(await waybill.url(options)).toBe('http://127.0.0.1:4100/static/');
    expect(await waybill.policy(options)).toEqual({ documents: [], without: ['local'] });
    expect(await waybill.url({ ...options, asset: 'index.html' })).toBe('http://127.0.0.1:4100/static/index.html');
  });
  test('prunes, after a look at what would go; a protected environment needs `confirm`', async () => {
    const cwd = makeProject();
    for (const text of ['1', '2', '3']) {
      writeTree(cwd, { 'site/index.html': text });
      await waybill.deploy({ cwd, variables: {} });
    }
    const scope = { cwd, variables: {}, keep: 1, olderThanMs: 0 };
    const plan = await waybill.prunePlan(scope);
    expect(plan).toMatchObject({ kept: [2, 3], versions: [{ version: 1, reason: 'expired' }] });
    writeTree(cwd, { 'waybill.config.json': renderConfig({ dev: local({ protected: true }) }) });
    await expect(waybill.prune(scope)).rejects.toMatchObject({ code: 'PROTECTED', exitCode: 4 });
    const receipt = await waybill.prune({ ...scope, confirm: ({ objects }) => objects.length === 1 });
    expect(receipt.removed).toMatchObject({ keys: 0, objects: 1, versions: [1] });
    expect((await waybill.versions({ cwd, variables: {} })).map(({ version }) => version)).toEqual([2, 3]);
  });
  test('verifies through CDN_URL, and hands problems back', async () => {
    const port = await findPort();
    const cwd = makeProject();
    const options = { cwd, variables: {} };
    writeTree(cwd, {
      'waybill.config.json': renderConfig({ dev: local({ url: `http://127.0.0.1:${port}/static/` }) }),
    });
    await waybill.deploy(options);
    await expect(waybill.verify(options)).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
    await serveProject(cwd, port);
    expect(await waybill.verify({ ...options, sample: 'all' })).toMatchObject({ ok: true, checked: 3 });
    writeTree(cwd, { 'site/index.html': 'two' });
    expect(await waybill.deploy({ ...options, verify: true })).toMatchObject({
      version: 2,
      verification: { ok: true },
    });
    writeTree(cwd, { '.cdn/css/style.css': 'somebody else' });
    await waybill.invalidate({ ...options, all: true });
    const { problems } = await waybill.verify(options);
    expect(problems.map(({ path, code }) => `${path} ${code}`)).toEqual([
      'css/style.css BYTES',
      'css/style.css TYPE',
      'css/style.css HEADER',
    ]);
    await expect(waybill.rollback({ ...options, rollbackOnFailure: true })).rejects.toMatchObject({ code: 'USAGE' });
  });
  test('errors are classes with permanent codes', async () => {
    const failed = waybill.deploy({ cwd: makeProject(), env: 'prod', variables: {} });
    await expect(failed).rejects.toBeInstanceOf(waybill.ConfigError);
    await expect(failed).rejects.toMatchObject({ code: 'ENVIRONMENT_UNKNOWN', exitCode: 2 });
  });
  test('a protected environment needs `confirm`', async () => {
    const cwd = makeProject();
    writeTree(cwd, { 'waybill.config.json': renderConfig({ dev: local({ protected: true }) }) });
    await expect(waybill.deploy({ cwd, variables: {} })).rejects.toMatchObject({ code: 'PROTECTED' });
    await expect(waybill.deploy({ cwd, variables: {}, confirm: () => false })).rejects.toMatchObject({
      code: 'PROTECTED',
    });
    const receipt = await waybill.deploy({ cwd, variables: {}, confirm: ({ summary }) => summary.upload === 3 });
    expect(receipt.version).toBe(1);
  });
  test('an aborted signal ends the run with its reason', async () => {
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    await expect(waybill.deploy({ cwd: makeProject(), variables: {}, signal })).rejects.toBe(reason);
  });
});
