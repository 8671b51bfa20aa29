// `npm run demo`: deploys a page with Bootstrap's files to a local CDN, changes a file, deploys again and rolls back.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'waybill-demo-'));
const children = new Set();

// The demo shall not depend on the environment that it is started in.
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('WAYBILL_')));

function start(args) {
  const child = spawn(process.execPath, [join(root, 'dist/bin/waybill.js'), ...args], { cwd: folder, env });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/** Runs one command and returns the JSON document that it printed. */
async function waybill(...args) {
  const child = start([...args, '--env', 'dev', '--json']);
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr']) child[name].setEncoding('utf8').on('data', (text) => (output[name] += text));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`waybill ${args.join(' ')} ended with ${code}:\n${output.stderr}`);
  return JSON.parse(output.stdout);
}

async function findPort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

async function serve(url) {
  const child = start(['serve', '--env', 'dev', '--quiet']);
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (errors += text));
  for (let attempt = 0; attempt < 100; attempt++) {
    if (child.exitCode !== null) throw new Error(`waybill serve ended with ${child.exitCode}:\n${errors}`);
    const answer = await fetch(url, { method: 'HEAD' }).catch(() => undefined);
    if (answer !== undefined) return child;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`waybill serve did not answer:\n${errors}`);
}

async function show(url) {
  const response = await fetch(url);
  const body = (await response.text()).replace(/\s+/g, ' ');
  console.log(`  GET ${url}: ${response.status}, X-Cache: ${response.headers.get('x-cache')}, body: ${body}`);
}

function count(number, noun) {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function renderBytes(bytes) {
  return bytes < 100_000 ? count(bytes, 'byte') : `${(bytes / 1e6).toFixed(1)} MB`;
}

function report(title, receipt) {
  const { uploaded, copied, unchanged, requests, invalidated, durationMs } = receipt;
  const items = invalidated.flatMap((one) => one.items);
  const more = items.length > 3 ? ` and ${items.length - 3} more` : '';
  const before = receipt.previous ?? 'none';
  console.log(`\n${title}`);
  console.log(`  version ${receipt.version} is live (before: ${before}), after ${durationMs} ms`);
  console.log(`  uploaded ${count(uploaded.files, 'file')}, ${renderBytes(uploaded.bytes)}`);
  console.log(`  copied ${count(copied, 'file')} at the origin, left ${unchanged} as they were`);
  console.log(`  told the cache to forget ${items.slice(0, 3).join(' ') || 'nothing'}${more}`);
  console.log(
    `  requests to the origin: ${Object.entries(requests)
      .map(([name, times]) => `${times} ${name}`)
      .join(', ')}`,
  );
}

async function main() {
  const url = `http://127.0.0.1:${await findPort()}/static/`;
  const style = `${url}site.css`;
  cpSync(join(root, 'examples/bootstrap'), join(folder, 'site'), { recursive: true });
  cpSync(join(root, 'node_modules/bootstrap/dist'), join(folder, 'site/bootstrap'), { recursive: true });
  const config = {
    project: 'demo',
    sources: [{ kind: 'directory', path: 'site' }],
    environments: {
      dev: {
        origin: { use: 'local', directory: '.cdn' },
        url,
        outputs: [{ kind: 'dotenv', path: '.env.cdn' }],
      },
    },
  };
  writeFileSync(join(folder, 'waybill.config.json'), JSON.stringify(config, null, 2));
  console.log(`A site of Bootstrap's files and one page, in ${folder}`);

  report('1. First deploy', await waybill('deploy'));
  const edge = await serve(url);
  console.log('  Now `waybill serve` answers; its cache is empty first and then warm:');
  await show(style);
  await show(style);

  writeFileSync(join(folder, 'site/site.css'), 'h1 {\n  color: teal;\n}\n');
  report('2. One file changed, deployed again', await waybill('deploy'));
  console.log('  The cache was told about that one file, so visitors have it at once:');
  await show(style);

  report('3. Deployed again without a change', await waybill('deploy'));
  console.log('  Nothing was forgotten, so the cache is still warm:');
  await show(style);

  report('4. Rolled back', await waybill('rollback'));
  console.log('  The old file came back from a copy that was kept at the origin:');
  await show(style);

  const { versions } = await waybill('versions');
  console.log('\n5. The versions');
  for (const one of versions)
    console.log(
      `  version ${one.version}${one.live ? ' (live)' : ''}: ${count(one.files, 'file')}, ${renderBytes(one.bytes)}`,
    );

  edge.kill('SIGTERM');
  console.log(`\nWhat the application reads (.env.cdn): ${readFileSync(join(folder, '.env.cdn'), 'utf8').trim()}`);
}

try {
  await main();
} finally {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
}
