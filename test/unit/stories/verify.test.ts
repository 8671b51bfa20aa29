import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type VerifyOptions, verify } from '../../../src/verify.ts';
import { makeRig, type Rig, type RigOptions } from '../../rig.ts';
import { failing, faults, sendGood, startEdge, withHeaders } from '../../servers/edge.ts';

const site = {
  'index.html': '<script src="app.js"></script>',
  'app.css': 'a{color:black}',
  'app.js': 'console.log(1)',
  'chunk-5WLTJH4U.js': 'export const one = 1',
};
const zipped = gzipSync('packed');

/** A deployed site behind an edge that can be made to misbehave. */
async function open(options: Partial<RigOptions> = {}) {
  let rig: Rig | undefined;
  const edge = await startEdge((name) => {
    const found = rig?.objects.get(name);
    return found && found.visibility === 'public' ? { headers: found.headers, bytes: found.bytes } : undefined;
  });
  rig = makeRig({ files: site, url: edge.url, retryBudgetMs: 0, ...options });
  await rig.deploy();
  const ready = rig;
  const run = async (wanted: VerifyOptions = {}) => verify(await ready.session({ readonly: true }), wanted);
  return { edge, rig, run, problems: async (wanted: VerifyOptions = {}) => (await run(wanted)).problems };
}

test('a site that is served as recorded', async () => {
  const { edge, run } = await open();
  expect(await run()).toEqual({
    kind: 'verification',
    format: 1,
    environment: 'test',
    version: 1,
    checked: 4,
    skipped: 0,
    ok: true,
    problems: [],
  });
  const names = edge.requests.map(({ name }) => name);
  expect(names[0]).toMatch(/^waybill-probe-[-0-9a-f]+\.js$/);
  expect(names.slice(1).sort()).toEqual(['.waybill/live', ...Object.keys(site)].sort());
  expect(edge.requests.find(({ name }) => name === 'app.js')?.headers).toMatchObject({
    'accept-encoding': 'gzip, deflate, br',
    'user-agent': expect.stringMatching(/^waybill\//),
  });
});

describe('trap 17: a page where a file should be', () => {
  test.each([
    ['app.js', 'answers with a page (SPA fallback), so the browser would run HTML as a script'],
    ['app.css', 'answers with a page (SPA fallback), so the browser would read HTML as a style sheet'],
  ])('%s', async (name, message) => {
    const { edge, problems } = await open();
    edge.faults.set(name, faults.fallback);
    expect(await problems()).toEqual([
      {
        path: name,
        url: edge.url + name,
        code: 'SPA_FALLBACK',
        expected: expect.stringMatching(/^text\/(javascript|css); charset=utf-8$/),
        found: 'text/html; charset=utf-8',
        message,
      },
    ]);
  });

  test('a page that is answered with another page', async () => {
    const { edge, rig, problems } = await open({ files: { ...site, 'about.html': '<h1>About</h1>' } });
    const home = rig.objects.get('index.html');
    edge.faults.set('about.html', (response) =>
      sendGood(response, { headers: home?.headers ?? {}, bytes: home?.bytes ?? zipped }),
    );
    expect(await problems()).toMatchObject([
      { path: 'about.html', code: 'SPA_FALLBACK', message: 'serves the bytes of index.html (SPA fallback)' },
    ]);
  });

  test('for a name that does not exist', async () => {
    const { edge, problems } = await open();
    edge.faults.set('*', (response, good) => (good ? sendGood(response, good) : faults.fallback(response, good)));
    expect(await problems()).toMatchObject([
      { path: expect.stringMatching(/^waybill-probe-/), code: 'SPA_FALLBACK', expected: '404', found: '200' },
    ]);
  });
});

describe('a name that does not exist', () => {
  test.each([
    [200, 'UNKNOWN_NAME', 'does not exist, and answers 200 (no content-type)'],
    [301, 'UNKNOWN_NAME', 'does not exist, and redirects to https://elsewhere.example/'],
  ])('answered with %d', async (status, code, message) => {
    const { edge, problems } = await open();
    edge.faults.set('*', (response, good) => {
      if (good) sendGood(response, good);
      else response.writeHead(status, status === 301 ? { location: 'https://elsewhere.example/' } : {}).end('x');
    });
    expect(await problems()).toMatchObject([{ code, message }]);
  });

  test.each([403, 410])('answered with %d is right', async (status) => {
    const { edge, run } = await open();
    edge.faults.set('*', (response, good) => (good ? sendGood(response, good) : response.writeHead(status).end()));
    expect((await run()).ok).toBe(true);
  });
});

test('state that visitors can read', async () => {
  const { edge, rig, problems } = await open();
  edge.faults.set('.waybill/live', (response) => response.end(rig.objects.get('.waybill/live')?.bytes));
  expect(await problems()).toMatchObject([
    { path: '.waybill/live', code: 'STATE_PUBLIC', expected: '404', found: '200' },
  ]);
});

describe('headers', () => {
  const rules = [{ match: ['app.css'], set: { 'content-language': 'en', vary: 'origin' } }];
  test.each<[Record<string, string>, string, string]>([
    [{ 'content-type': 'text/plain' }, 'TYPE', 'has content-type text/plain instead of text/css; charset=utf-8'],
    [{ 'content-type': 'text/html' }, 'TYPE', 'has content-type text/html instead of text/css; charset=utf-8'],
    [{ 'content-type': 'text/css' }, 'TYPE', 'has content-type text/css instead of text/css; charset=utf-8'],
    [{ 'content-type': '' }, 'TYPE', 'has content-type none instead of text/css; charset=utf-8'],
    [
      { 'cache-control': 'public, max-age=31536000' },
      'HEADER',
      'has cache-control public, max-age=31536000 instead of public, max-age=0, must-revalidate',
    ],
    [{ 'content-language': '' }, 'HEADER', 'has content-language none instead of en'],
    [{ vary: 'accept-encoding' }, 'HEADER', 'has vary accept-encoding instead of origin'],
  ])('%j is %s', async (changes, code, message) => {
    const { edge, problems } = await open({ headers: rules });
    edge.faults.set('app.css', withHeaders(changes));
    expect(await problems()).toMatchObject([{ path: 'app.css', code, message }]);
  });

  test('beyond ASCII come as UTF-8, or as Latin-1', async () => {
    const name = 'inline; filename="naïve 名.css"';
    const { edge, run, problems } = await open({
      headers: [{ match: ['app.css'], set: { 'content-disposition': name } }],
    });
    edge.faults.set('app.css', withHeaders({ 'content-disposition': Buffer.from(name).toString('latin1') }));
    expect((await run()).problems).toEqual([]);
    edge.faults.set('app.css', withHeaders({ 'content-disposition': 'inline; filename="naive.css"' }));
    expect(await problems()).toMatchObject([{ code: 'HEADER', expected: name }]);
  });

  test('other spellings, and what edges add, are no difference', async () => {
    const { edge, run } = await open({ headers: [...rules, { match: ['*'], set: { 'surrogate-key': 'all' } }] });
    edge.faults.set(
      'app.css',
      withHeaders({
        'content-type': 'Text/CSS;charset="UTF-8"',
        'cache-control': 'must-revalidate,public, MAX-AGE=0',
        vary: 'Accept-Encoding, Origin',
        'surrogate-key': '',
        age: '12',
        'x-cache': 'Hit',
      }),
    );
    expect((await run()).problems).toEqual([]);
  });
});

describe('bytes', () => {
  test('of the version before: the edge is stale', async () => {
    const { edge, rig, problems } = await open();
    const old = rig.objects.get('app.css');
    rig.setFiles({ ...site, 'app.css': 'b{color:red;margin:0}' });
    await rig.deploy();
    edge.faults.set('app.css', (response, good) =>
      sendGood(response, { headers: good?.headers ?? {}, bytes: old?.bytes ?? zipped }),
    );
    const digest = (text: string) => createHash('sha256').update(text).digest('hex');
    expect(await problems()).toEqual([
      {
        path: 'app.css',
        url: `${edge.url}app.css`,
        code: 'STALE',
        expected: `sha256 ${digest('b{color:red;margin:0}')}, 21 bytes`,
        found: `sha256 ${digest('a{color:black}')}, 14 bytes`,
        message: "serves version 1's bytes",
      },
    ]);
  });

  test('of nobody', async () => {
    const { edge, problems } = await open();
    edge.faults.set('app.css', (response, good) =>
      sendGood(response, { headers: good?.headers ?? {}, bytes: new TextEncoder().encode('A{color:black}') }),
    );
    expect(await problems()).toMatchObject([{ code: 'BYTES', message: 'serves other bytes (14 instead of 14)' }]);
  });

  test('that end early', async () => {
    const { edge, problems } = await open();
    edge.faults.set('app.js', faults.truncated);
    expect(await problems()).toMatchObject([
      { path: 'app.js', code: 'BYTES', message: 'ends early or is another file: 2 of 14 bytes' },
    ]);
  });

  test('a connection that breaks in the middle is no answer, after the budget for retries', async () => {
    const { edge, problems } = await open();
    edge.faults.set('app.js', faults.broken);
    expect(await problems()).toMatchObject([
      {
        code: 'NO_ANSWER',
        found: null,
        message: 'gives no answer: the connection broke before the body was complete',
      },
    ]);
  });

  test('a body without an end is not read to it', async () => {
    const { edge, problems } = await open();
    const mega = Buffer.alloc(1 << 20, 'x');
    edge.faults.set('app.js', (response) => {
      response.writeHead(200, { 'content-type': 'text/javascript; charset=utf-8' });
      const more = (): void => {
        while (!response.destroyed && response.write(mega));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    expect(await problems()).toMatchObject([
      { code: 'BYTES', message: expect.stringMatching(/^does not end: more than \d+ bytes came instead of 14$/) },
      { code: 'HEADER' },
    ]);
  });
});

describe('codings', () => {
  test.each(['gzip', 'brotli'] as const)('%s on the fly is taken off before the bytes are compared', async (kind) => {
    const { edge, run, problems } = await open();
    edge.faults.set('app.css', faults[kind]);
    expect((await run()).ok).toBe(true);
    edge.faults.set('app.css', (response, good, _request) =>
      faults[kind](response, { headers: good?.headers ?? {}, bytes: new TextEncoder().encode('b{}') }),
    );
    expect(await problems()).toMatchObject([{ path: 'app.css', code: 'BYTES' }]);
  });

  test('that cannot be decoded', async () => {
    const { edge, problems } = await open();
    edge.faults.set('app.css', faults.brokenGzip);
    expect(await problems()).toMatchObject([
      { code: 'ENCODING', message: expect.stringMatching(/^has content-encoding gzip and cannot be decoded: /) },
    ]);
  });

  const packed = {
    files: { ...site, 'packed.js': zipped },
    headers: [{ match: ['packed.js'], set: { 'content-encoding': 'gzip' } }],
  };

  test('a file that is stored with one is asked for with it, and its stored bytes are compared', async () => {
    const { edge, run } = await open(packed);
    expect((await run()).ok).toBe(true);
    const asked = edge.requests.find(({ name }) => name === 'packed.js');
    expect(asked?.headers['accept-encoding']).toBe('gzip');
  });

  test('an edge that drops the coding, or takes it off', async () => {
    const { edge, problems } = await open(packed);
    edge.faults.set('packed.js', withHeaders({ 'content-encoding': '' }));
    expect(await problems()).toMatchObject([
      {
        code: 'ENCODING',
        expected: 'gzip',
        found: null,
        message: 'has lost content-encoding gzip, so browsers would take compressed bytes for the file',
      },
    ]);
    edge.faults.set('packed.js', (response, good) =>
      withHeaders({ 'content-encoding': '' })(
        response,
        { headers: good?.headers ?? {}, bytes: Buffer.from('packed') },
        undefined as never,
      ),
    );
    expect(await problems()).toMatchObject([
      { code: 'ENCODING', message: 'has content-encoding none instead of gzip, so its bytes are not the stored ones' },
    ]);
  });
});

describe('other answers', () => {
  test('a redirect is not followed', async () => {
    const { edge, problems } = await open();
    edge.faults.set('app.css', faults.moved);
    expect(await problems()).toMatchObject([
      {
        code: 'REDIRECT',
        expected: '200',
        found: '301 https://elsewhere.example/',
        message: 'redirects to https://elsewhere.example/',
      },
    ]);
  });

  test.each([403, 404])('%d', async (status) => {
    const { edge, problems } = await open();
    edge.faults.set('app.css', failing(1, status));
    expect(await problems()).toMatchObject([{ code: 'STATUS', found: `${status}`, message: `answers ${status}` }]);
  });

  test('an edge that cannot answer now is asked again within the budget, and not beyond it', async () => {
    const { edge, rig, run, problems } = await open({ retryBudgetMs: 4000 });
    edge.faults.set('app.css', failing(2, 503, { 'retry-after': '1' }));
    const started = performance.now();
    expect((await run()).ok).toBe(true);
    expect(performance.now() - started).toBeGreaterThan(2000);
    expect(rig.events.filter(({ kind }) => kind === 'retrying')).toHaveLength(2);
    rig.options = { ...rig.options, retryBudgetMs: 0 };
    edge.faults.set('app.css', failing(1, 500));
    expect(await problems()).toMatchObject([{ code: 'STATUS', message: 'answers 500' }]);
  });

  test('a connection that says nothing is given up', async () => {
    const { edge, problems } = await open();
    edge.faults.set('app.css', faults.hang);
    expect(await problems({ silenceMs: 200 })).toMatchObject([
      { code: 'NO_ANSWER', message: 'gives no answer: no byte for 0.2 s' },
    ]);
  });
});

test('state that is never answered holds nothing up', async () => {
  const { edge, run } = await open();
  edge.faults.set('.waybill/live', faults.hang);
  expect((await run({ silenceMs: 200 })).ok).toBe(true);
});

test('an edge that has gone is not asked for the rest', async () => {
  const files = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`f${index}.css`, `${index}`]));
  const { edge, run } = await open({ files });
  edge.faults.set('*', (response, good) => (good ? response.destroy() : response.writeHead(404).end()));
  const { checked, skipped, problems } = await run({ sample: 'all' });
  expect(problems.length).toBe(checked);
  expect(checked).toBeGreaterThanOrEqual(10);
  expect(checked).toBeLessThanOrEqual(26);
  expect(skipped).toBe(60 - checked);
});

test('no more requests at once than allowed', async () => {
  const files = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`f${index}.css`, `${index}`]));
  const { edge, rig } = await open({ files });
  edge.faults.set('*', (response, good) => {
    setTimeout(() => (good ? sendGood(response, good) : response.writeHead(404).end()), 10);
  });
  await verify(await rig.session({ readonly: true, concurrency: 3 }), { sample: 'all' });
  expect(edge.busiest()).toBeLessThanOrEqual(3);
  expect(edge.busiest()).toBeGreaterThan(1);
});

test('a CDN_URL that gives no answer at all', async () => {
  const { rig } = await open({ files: site });
  rig.options = { ...rig.options, url: 'http://127.0.0.1:9/' };
  await expect(verify(await rig.session())).rejects.toMatchObject({
    code: 'PROVIDER_UNAVAILABLE',
    exitCode: 7,
    message: expect.stringContaining('CDN_URL of test, http://127.0.0.1:9/, does not answer: connect ECONNREFUSED'),
  });
});

test('problems of a version that is no longer live are none', async () => {
  const { edge, rig, run } = await open();
  let deployed: Promise<unknown> | undefined;
  edge.faults.set('app.css', (response) => {
    rig.setFiles({ ...site, 'app.css': 'c{}' });
    deployed ??= rig.deploy();
    void deployed.then(() => response.writeHead(404).end());
  });
  await expect(run()).rejects.toMatchObject({
    code: 'PLAN_STALE',
    message: expect.stringContaining('version 2 is live now'),
  });
});

test('an abort ends it', async () => {
  const { edge, rig } = await open();
  const controller = new AbortController();
  edge.faults.set('app.css', () => controller.abort(new Error('enough')));
  await expect(verify(await rig.session({ signal: controller.signal }))).rejects.toThrow('enough');
});

test('before the first deploy there is nothing to verify', async () => {
  const rig = makeRig({ files: site });
  await expect(verify(await rig.session())).rejects.toMatchObject({ code: 'NOTHING_LIVE' });
});

test('a large file is hashed as it comes, never held', async () => {
  const size = 96 * 1024 * 1024;
  const chunk = Buffer.alloc(1 << 20, 'y');
  const hash = createHash('sha256');
  for (let at = 0; at < size; at += chunk.length) hash.update(chunk);
  const { edge, rig, run } = await open();
  const manifest = JSON.parse(new TextDecoder().decode(rig.objects.get('.waybill/versions/1')?.bytes));
  for (const row of manifest.files) {
    if (row[0] === 'app.js') row.splice(2, 2, hash.digest('hex'), size);
  }
  const stored = rig.objects.get('.waybill/versions/1');
  if (stored) rig.objects.set('.waybill/versions/1', { ...stored, bytes: Buffer.from(JSON.stringify(manifest)) });
  edge.faults.set('app.js', (response, good) => {
    response.writeHead(200, { ...good?.headers, 'content-length': size });
    let left = size / chunk.length;
    const more = (): void => {
      while (left-- > 0) {
        if (!response.write(chunk)) return void response.once('drain', more);
      }
      response.end();
    };
    more();
  });
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }, 5);
  expect((await run()).problems).toEqual([]);
  clearInterval(watch);
  expect(most).toBeLessThan(size / 2);
});
