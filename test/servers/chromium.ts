import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

/** Where Debian puts it; `WAYBILL_CHROMIUM` names another one. */
export const chromiumPath = process.env.WAYBILL_CHROMIUM ?? '/usr/bin/chromium';

/** Why browser tests cannot run here, or undefined. */
export const noChromium = existsSync(chromiumPath)
  ? undefined
  : `${chromiumPath} is not there; install chromium or set WAYBILL_CHROMIUM`;

const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
  '--remote-debugging-pipe',
];

type Json = Readonly<Record<string, unknown>>;
type Listener = (method: string, params: Json) => void;

/** What a page load asked for, and what went wrong. */
export interface Load {
  /** Every answer, as `status url`. */
  readonly answers: readonly string[];
  /** Failed requests, statuses from 400 up, uncaught exceptions and errors in the console. */
  readonly failures: readonly string[];
}

export interface Page {
  /** Loads a URL and waits for its scripts, styles and fonts. */
  load(url: string): Promise<Load>;
  /** The value of an expression in the page; a promise is waited for. */
  evaluate(expression: string): Promise<unknown>;
}

export interface Chromium {
  openPage(): Promise<Page>;
  close(): Promise<void>;
}

/** Starts a browser with a profile of its own, driven through the DevTools protocol over a pipe (no port, no WebSocket). */
export async function startChromium(): Promise<Chromium> {
  const profile = mkdtempSync(join(tmpdir(), 'waybill-chromium-'));
  const child = spawn(chromiumPath, [...flags, `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  const protocol = new Protocol(child);
  return {
    openPage: () => openPage(protocol),
    async close() {
      const ended = once(child, 'exit');
      if (child.exitCode === null) {
        protocol.send('Browser.close').catch(() => undefined);
        const force = setTimeout(() => child.kill('SIGKILL'), 5000);
        await ended;
        clearTimeout(force);
      }
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

/** Messages of the DevTools protocol: JSON texts, each with a NUL behind it. Chromium reads fd 3 and writes fd 4. */
class Protocol {
  readonly #input: Writable;
  readonly #waiting = new Map<number, { resolve: (result: Json) => void; reject: (error: Error) => void }>();
  readonly #listeners = new Map<string, Listener>();
  #count = 0;
  #rest = '';

  constructor(child: ChildProcess) {
    this.#input = child.stdio[3] as Writable;
    const output = child.stdio[4] as Readable;
    output.setEncoding('utf8').on('data', (text: string) => this.#receive(text));
    this.#input.on('error', () => undefined);
    child.on('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('Chromium has ended.'));
    });
  }

  send(method: string, params: Json = {}, sessionId?: string): Promise<Json> {
    const id = ++this.#count;
    const message = { id, method, params, ...(sessionId === undefined ? {} : { sessionId }) };
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#input.write(`${JSON.stringify(message)}\0`);
    });
  }

  listen(sessionId: string, listener: Listener): void {
    this.#listeners.set(sessionId, listener);
  }

  #receive(text: string): void {
    const messages = (this.#rest + text).split('\0');
    this.#rest = messages.pop() ?? '';
    for (const message of messages) {
      const { id, method, params, sessionId, result, error } = JSON.parse(message);
      if (id === undefined) this.#listeners.get(sessionId)?.(method, params);
      else if (error) this.#waiting.get(id)?.reject(new Error(error.message));
      else this.#waiting.get(id)?.resolve(result);
      this.#waiting.delete(id);
    }
  }
}

async function openPage(protocol: Protocol): Promise<Page> {
  const { targetId } = await protocol.send('Target.createTarget', { url: 'about:blank' });
  const attached = await protocol.send('Target.attachToTarget', { targetId, flatten: true });
  const session = String(attached.sessionId);
  let log: { answers: string[]; failures: string[] } = { answers: [], failures: [] };
  let loaded: () => void = () => undefined;
  const urls = new Map<unknown, unknown>();
  protocol.listen(session, (method, params: Json) => {
    const { requestId, request, response, errorText, exceptionDetails, entry } = params as Record<string, Json>;
    if (method === 'Network.requestWillBeSent') urls.set(requestId, request?.url);
    else if (method === 'Network.responseReceived') {
      const answer = `${response?.status} ${response?.url}`;
      log.answers.push(answer);
      if (Number(response?.status) >= 400) log.failures.push(answer);
    } else if (method === 'Network.loadingFailed') log.failures.push(`${errorText} ${urls.get(requestId)}`);
    else if (method === 'Runtime.exceptionThrown') log.failures.push(JSON.stringify(exceptionDetails));
    else if (method === 'Log.entryAdded' && entry?.level === 'error') log.failures.push(`${entry.text} ${entry.url}`);
    else if (method === 'Page.loadEventFired') loaded();
  });
  for (const domain of ['Network', 'Page', 'Runtime', 'Log']) await protocol.send(`${domain}.enable`, {}, session);

  async function evaluate(expression: string): Promise<unknown> {
    const options = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await protocol.send('Runtime.evaluate', options, session);
    if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
    return (result as Json).value;
  }

  return {
    evaluate,
    async load(url) {
      log = { answers: [], failures: [] };
      const done = new Promise<void>((resolve) => {
        loaded = resolve;
      });
      const { errorText } = await protocol.send('Page.navigate', { url }, session);
      if (errorText) throw new Error(`${errorText} ${url}`);
      await done;
      await evaluate('document.fonts.ready.then(() => undefined)');
      return log;
    },
  };
}
