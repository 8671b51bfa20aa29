import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { makeTree } from '../temp.ts';
import { makeProject, parseError, renderConfig, site, waybill } from './waybill.ts';

/** Runs `serve` on a free port, calls `use` with what it printed, and ends it with SIGINT. */
async function serve(cwd: string, line: string, use: (printed: string) => Promise<void>) {
  let used: Promise<void> | undefined;
  const run = await waybill(cwd, line, {
    onStdout(all, send) {
      used ??= use(all).finally(() => send('SIGINT'));
    },
  });
  await used;
  return run;
}

describe('serve', () => {
  test('prints its address, answers with the stored headers, and ends by a signal without an error', async () => {
    const cwd = makeProject();
    await waybill(cwd, 'deploy');
    const run = await serve(cwd, 'serve --port 0', async (printed) => {
      const url = printed.trim();
      expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/static\/$/);
      const answer = await fetch(`${url}css/style.css`);
      expect(answer.status).toBe(200);
      expect(answer.headers.get('content-type')).toBe('text/css; charset=utf-8');
      expect(await answer.text()).toBe('body { color: black }');
      expect((await fetch(`${url}.waybill/live`)).status).toBe(404);
    });
    expect(run.code).toBe(130);
    expect(run.stderr).toContain('Serving dev until Ctrl-C.');
    expect(run.stderr).toContain('CDN_URL of dev is http://127.0.0.1:4100/static/, which is not this address.');
    expect(run.stderr).toMatch(/GET \/static\/css\/style\.css 200/);
    expect(run.stderr).not.toContain('error');
  });
  test('--json prints one document', async () => {
    const run = await serve(makeProject(), 'serve --port 0 --json', async (printed) => {
      expect(JSON.parse(printed)).toMatchObject({
        kind: 'serve',
        format: 1,
        environment: 'dev',
        port: expect.any(Number),
      });
    });
    expect(run.stderr).toBe('');
  });
  test('a port that is taken is exit 2', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const run = await waybill(makeProject(), `serve --port ${port} --json`);
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(parseError(run).message).toContain(`port ${port}`);
  });
  test('an origin without an edge of its own is exit 2', async () => {
    const memory = { origin: { use: 'memory' }, url: 'https://cdn.example/' };
    const cwd = makeTree({ ...site, 'waybill.config.json': renderConfig({ dev: memory }) });
    const run = await waybill(cwd, 'serve');
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toContain('Environment dev is kept at memory, which has no embedded edge to serve.');
  });
});
