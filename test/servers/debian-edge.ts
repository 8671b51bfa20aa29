import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface LoggedPurge {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly host: string;
  readonly ban: string;
  /** Surrogate keys, in whichever header. */
  readonly keys: string;
}

export interface RealEdge {
  /** Where visitors and PURGE go. */
  readonly endpoint: string;
  /** Varnish: where Fastly's API is spoken, for the service SU1TEST and the token `test-token`. */
  readonly api: string;
  /** Requests that are no visitor's, as the edge itself logged them, in their order. */
  readPurges(): Promise<readonly LoggedPurge[]>;
  close(): Promise<void>;
}

const here = dirname(fileURLToPath(import.meta.url));
const nginxModule = '/usr/lib/nginx/modules/ngx_http_cache_purge_module.so';
const xkeyModules = [
  '/usr/lib/varnish/vmods',
  '/usr/lib/x86_64-linux-gnu/varnish/vmods',
  '/usr/lib/aarch64-linux-gnu/varnish/vmods',
];

/** Why a real Varnish cannot run here, or undefined. */
export const noVarnish =
  findProgram('varnishd') === undefined
    ? 'varnishd is not installed'
    : xkeyModules.some((folder) => existsSync(join(folder, 'libvmod_xkey.so')))
      ? undefined
      : 'varnish-modules (xkey) is not installed';

/** Why a real nginx with purging cannot run here, or undefined. */
export const noNginx =
  findProgram('nginx') === undefined
    ? 'nginx is not installed'
    : existsSync(nginxModule)
      ? undefined
      : 'libnginx-mod-http-cache-purge is not installed';

/** A Varnish in front of an origin on this machine, with edge.vcl. */
export async function startVarnish(originPort: number): Promise<RealEdge> {
  const folder = makeFolder();
  const [port, apiPort] = [await findPort(), await findPort()];
  const vcl = join(folder, 'edge.vcl');
  writeFileSync(vcl, readFileSync(join(here, 'edge.vcl'), 'utf8').replaceAll('@ORIGIN@', String(originPort)));
  const listen = ['-a', `edge=127.0.0.1:${port}`, '-a', `admin=127.0.0.1:${apiPort}`];
  const args = ['-F', '-j', 'none', '-n', join(folder, 'work'), '-f', vcl, ...listen, '-s', 'malloc,32M', '-T', 'none'];
  const stop = await run('varnishd', args, folder, port);
  const log = join(folder, 'purges.log');
  // Writes each request as it came, whatever VCL made of it.
  const format = ['%m', '%U', '%s', '%{Host}i', '%{X-Ban}i', '%{xkey-purge}i', '%{Surrogate-Key}i'].join('\t');
  const logger = spawn('varnishncsa', ['-n', join(folder, 'work'), '-w', log, '-F', format], { stdio: 'ignore' });
  const endpoint = `http://127.0.0.1:${port}`;
  return {
    endpoint,
    api: `http://127.0.0.1:${apiPort}`,
    readPurges: () => readPurges(log, endpoint),
    async close() {
      logger.kill('SIGTERM');
      await stop();
    },
  };
}

/** An nginx in front of an origin on this machine, with nginx-edge.conf. */
export async function startNginx(originPort: number): Promise<RealEdge> {
  const folder = makeFolder();
  const port = await findPort();
  const values = { MODULE: nginxModule, FOLDER: folder, PORT: port, ORIGIN: originPort };
  const text = readFileSync(join(here, 'nginx-edge.conf'), 'utf8');
  const file = join(folder, 'nginx.conf');
  writeFileSync(
    file,
    text.replace(/@([A-Z]+)@/g, (_, name: keyof typeof values) => String(values[name])),
  );
  mkdirSync(join(folder, 'cache'));
  // Started by root, nginx works as nobody.
  chmodSync(join(folder, 'cache'), 0o777);
  const close = await run('nginx', ['-c', file, '-e', join(folder, 'error.log')], folder, port);
  const endpoint = `http://127.0.0.1:${port}`;
  return { endpoint, api: '', readPurges: () => readPurges(join(folder, 'purges.log'), endpoint), close };
}

let visits = 0;

/** Logs are written a moment later, so a visit of our own is waited for. */
async function readPurges(file: string, endpoint: string): Promise<readonly LoggedPurge[]> {
  const visit = `/visit-${visits++}`;
  for (let attempt = 0; attempt < 100; attempt++) {
    if (attempt % 20 === 0) await fetch(endpoint + visit);
    const lines = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
    const rows = lines.map((line) => line.split('\t').map((field) => (field === '-' ? '' : field)));
    if (rows.some(([, path]) => path === visit)) {
      return rows
        .map(([method = '', path = '', status, host = '', ban = '', xkey = '', keys = '']) => {
          return { method, path, status: Number(status), host, ban, keys: xkey || keys };
        })
        .filter(({ method, path }) => method !== 'GET' || path.startsWith('/purge/'));
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${file} does not show a visit`);
}

function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-edge-'));
  chmodSync(folder, 0o777);
  return folder;
}

async function run(name: string, args: readonly string[], folder: string, port: number): Promise<() => Promise<void>> {
  const child = spawn(findProgram(name) ?? name, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += chunk));
  const ended = once(child, 'exit');
  const close = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  for (let attempt = 0; attempt < 200 && child.exitCode === null; attempt++) {
    if (await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined)) return close;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await close();
  throw new Error(`${name} did not start:\n${said}`);
}

function findProgram(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
