import { describe, expect, test } from 'vitest';
import type { Invalidation } from '../../src/invalidate.ts';
import { makeTree, writeTree } from '../temp.ts';
import { findPort, serveProject } from './served.ts';
import { local, makeProject, parseError, parseJson, renderConfig, site, waybill } from './waybill.ts';

describe('invalidate', () => {
  test('the embedded edge forgets what it cached', async () => {
    const port = await findPort();
    const url = `http://127.0.0.1:${port}/static/`;
    const cwd = makeProject();
    writeTree(cwd, { 'waybill.config.json': renderConfig({ dev: local({ url }) }) });
    await waybill(cwd, 'deploy');
    await serveProject(cwd, port);
    const look = async () => (await fetch(`${url}css/style.css`)).headers.get('x-cache');
    await look();
    expect(await look()).toBe('HIT');
    const run = await waybill(cwd, 'invalidate css/style.css index.html --json');
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(parseJson<Invalidation>(run)).toEqual({
      kind: 'invalidation',
      format: 1,
      environment: 'dev',
      invalidated: [
        {
          edge: 'local',
          id: expect.any(String),
          items: ['/static', '/static/', '/static/css/style.css', '/static/index.html'],
        },
      ],
      warnings: [],
    });
    expect(await look()).toBe('MISS');
  });

  test('tells people what was told', async () => {
    const cwd = makeProject(site);
    await waybill(cwd, 'deploy');
    const run = await waybill(cwd, 'invalidate new.js --wait done');
    expect(run.code).toBe(0);
    expect(run.stdout).toContain('Invalidated in dev.');
    expect(run.stdout).toMatch(/local +\S+ +1 item: \/static\/new\.js/);
    expect(run.stderr).toContain('warning: Version 1 has no new.js; it is invalidated as a URL path');
  });

  test('a protected environment asks nothing: no visitor loses anything', async () => {
    const cwd = makeProject();
    writeTree(cwd, { 'waybill.config.json': renderConfig({ dev: local({ protected: true }) }) });
    expect((await waybill(cwd, 'invalidate --all')).code).toBe(0);
  });

  test.each<[string, RegExp]>([
    ['invalidate', /Nothing was named/],
    ['invalidate a.css --all', /exclude each other/],
    [
      'invalidate https://other.example/a.css',
      /does not lie below CDN_URL, which is http:\/\/127\.0\.0\.1:4100\/static\//,
    ],
  ])('%s is exit 2', async (line, message) => {
    const run = await waybill(makeProject(), `${line} --json`);
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(parseError(run)).toMatchObject({ code: 'USAGE', message: expect.stringMatching(message) });
  });

  test('an environment without edges is exit 2', async () => {
    const cwd = makeTree({ ...site, 'waybill.config.json': renderConfig({ dev: local({ edge: [] }) }) });
    const run = await waybill(cwd, 'invalidate --all --json');
    expect(run.code).toBe(2);
    expect(parseError(run).message).toBe('Environment dev has no edge that could forget anything.');
  });
});
