import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { skipBecause } from '../skip.ts';
import { makeTree, writeTree } from '../temp.ts';
import { bin, findPort, run, serve } from './waybill.ts';

/** A cache that takes no invalidations and compresses on the fly. Its workers must get into the folder, so root stays root. */
async function startNginx(folder: string, port: number, upstream: number): Promise<void> {
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/nginx/${name};`,
  );
  writeTree(folder, {
    'nginx/nginx.conf': `user root; daemon off; pid ${folder}/nginx/pid; error_log ${folder}/nginx/error.log; worker_processes 1;
      events {}
      http {
        access_log off; ${paths.join(' ')} proxy_cache_path ${folder}/nginx/cache keys_zone=assets:1m;
        gzip on; gzip_types text/css text/javascript; gzip_min_length 0; gzip_proxied any;
        server {
          listen 127.0.0.1:${port};
          location / { proxy_pass http://127.0.0.1:${upstream}; proxy_cache assets; proxy_ignore_headers Cache-Control;
            proxy_cache_valid 200 1h; }
        }
      }`,
  });
  mkdirSync(join(folder, 'nginx/cache'), { recursive: true });
  const child = spawn('nginx', ['-c', `${folder}/nginx/nginx.conf`], { stdio: 'ignore' });
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await once(child, 'exit');
  });
  for (let attempt = 0; attempt < 100; attempt++) {
    if (await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined)) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error('nginx does not answer');
}

test('behind nginx: compression on the fly is right, a copy of the version before is not, and is rolled back', async (context) => {
  if (spawnSync('nginx', ['-v']).error) skipBecause(context, 'nginx is not installed');
  const [port, upstream] = [await findPort(), await findPort()];
  const config = (at: number) =>
    JSON.stringify({
      project: 'shop',
      sources: [{ kind: 'directory', path: 'site' }],
      environments: { dev: { origin: { use: 'local', directory: '.cdn' }, url: `http://127.0.0.1:${at}/` } },
    });
  const style = (color: string): string => `body { color: ${color} }\n`.repeat(200);
  const cwd = makeTree({ 'site/index.html': '<h1>Shop</h1>', 'site/style.css': style('black') });
  const waybill = async (line: string) => {
    const { code, stdout } = await run(process.execPath, [bin, ...line.split(' '), '--json'], { cwd });
    return { code, json: JSON.parse(stdout) };
  };
  writeTree(cwd, { 'waybill.config.json': config(upstream) });
  await waybill('deploy');
  await serve(cwd, `http://127.0.0.1:${upstream}/index.html`);
  writeTree(cwd, { 'waybill.config.json': config(port) });
  await startNginx(cwd, port, upstream);

  expect(await waybill('deploy --verify')).toMatchObject({
    code: 0,
    json: { version: 2, verification: { checked: 2 } },
  });
  const cached = await fetch(`http://127.0.0.1:${port}/style.css`);
  expect(cached.headers.get('content-encoding')).toBe('gzip');

  writeTree(cwd, { 'site/style.css': style('red') });
  const failed = await waybill('deploy --verify --rollback-on-failure --wait-timeout 0');
  expect(failed).toMatchObject({
    code: 8,
    json: {
      version: 3,
      verification: {
        ok: false,
        problems: [{ path: 'style.css', code: 'STALE', message: "serves version 2's bytes" }],
      },
      rollback: { version: 2, previous: 3 },
    },
  });
  expect((await waybill('verify')).code).toBe(0);

  // An operator empties the cache by hand; nginx reads it anew.
  rmSync(join(cwd, 'nginx/cache'), { recursive: true });
  mkdirSync(join(cwd, 'nginx/cache'));
  expect(await waybill('deploy --verify --rollback-on-failure --wait-timeout 0')).toMatchObject({
    code: 0,
    json: { version: 4 },
  });
});
