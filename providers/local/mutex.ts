import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readFileSync, readlinkSync, rmSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProviderError } from '../../src/errors/errors.ts';
import { codeOf } from './errors.ts';

export interface Patience {
  /** A section lasts milliseconds. One of another host that shows no change for so long is taken for dead. */
  readonly foreignStaleMs: number;
  /** The same where a process of that number lives on this host: it may be another one by now. */
  readonly livingStaleMs: number;
  readonly longestWaitMs: number;
}

const usualPatience: Patience = { foreignStaleMs: 10_000, livingStaleMs: 30_000, longestWaitMs: 60_000 };
const breakerStaleMs = 10_000;
const longestPauseMs = 25;

interface Owner {
  readonly pid: number;
  readonly host: string;
  readonly nonce: string;
}

/** Names this process so that another can tell whether it lives. Containers may share a host name, but not a pid namespace. */
function identify(): Owner {
  let namespace = '';
  try {
    namespace = readlinkSync('/proc/self/ns/pid');
  } catch {
    // Not Linux: the host name must do.
  }
  return { pid: process.pid, host: `${hostname()} ${namespace}`.trim(), nonce: randomBytes(8).toString('hex') };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/**
 * Lets one process at a time run a short synchronous section, by a file that only one can create. Being synchronous, a section is never
 * interleaved within this process either.
 */
export class Mutex {
  readonly #path: string;
  readonly #prepare: () => void;
  readonly #patience: Patience;
  readonly #self = identify();
  #turns = 0;
  #text = '';

  /** `prepare` makes the folder of the file when it is missing. */
  constructor(path: string, prepare: () => void, patience: Patience = usualPatience) {
    this.#path = path;
    this.#patience = patience;
    this.#prepare = prepare;
  }

  /** Throws ProviderError `unavailable` when others hold it for too long. */
  async run<T>(section: () => T, signal?: AbortSignal): Promise<T> {
    const started = performance.now();
    let watched = { text: '', since: started };
    for (let pause = 1; !this.#acquire(); pause = Math.min(pause * 2, longestPauseMs)) {
      const now = performance.now();
      const text = this.#holder();
      if (text !== watched.text) watched = { text, since: now };
      if (this.#isDead(text, now - watched.since) && this.#breakOpen(text)) continue;
      if (now - started > this.#patience.longestWaitMs) throw this.#busy(text);
      await sleep(pause * (0.5 + Math.random()));
      signal?.throwIfAborted();
    }
    const entered = performance.now();
    try {
      return section();
    } finally {
      this.#release(performance.now() - entered);
    }
  }

  #acquire(): boolean {
    // Other than last time, so that whoever waits sees that the holder moves.
    const { nonce, ...self } = this.#self;
    this.#text = JSON.stringify({ ...self, nonce: `${nonce}-${this.#turns++}` });
    for (let attempt = 0; ; attempt++) {
      try {
        const file = openSync(this.#path, 'wx');
        try {
          writeSync(file, this.#text);
        } finally {
          closeSync(file);
        }
        return true;
      } catch (error) {
        if (codeOf(error) === 'EEXIST') return false;
        if (codeOf(error) !== 'ENOENT' || attempt > 0) throw error;
        this.#prepare();
      }
    }
  }

  #release(heldMs: number): void {
    // Held for too long, it may have been broken open, and be another's now.
    if (heldMs > this.#patience.foreignStaleMs / 2 && this.#holder() !== this.#text) return;
    unlinkSync(this.#path);
  }

  /** What stands in the file; empty while it is being created, or gone. */
  #holder(): string {
    try {
      return readFileSync(this.#path, 'utf8');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return '';
      throw error;
    }
  }

  #isDead(text: string, unchangedMs: number): boolean {
    const owner = parseOwner(text);
    if (!owner || owner.host !== this.#self.host) return unchangedMs > this.#patience.foreignStaleMs;
    return !isAlive(owner.pid) || unchangedMs > this.#patience.livingStaleMs;
  }

  /**
   * Removes a dead holder's file, and says whether it is gone. A second file keeps out others who want the same, so that a living
   * holder's file is never hit.
   */
  #breakOpen(dead: string): boolean {
    const breaker = `${this.#path}.breaker`;
    try {
      closeSync(openSync(breaker, 'wx'));
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
      const found = statSync(breaker, { throwIfNoEntry: false });
      if (found && Date.now() - found.mtimeMs > breakerStaleMs) unlinkSync(breaker);
      return false;
    }
    try {
      if (this.#holder() !== dead) return false;
      rmSync(this.#path, { force: true });
      return true;
    } finally {
      unlinkSync(breaker);
    }
  }

  #busy(text: string): ProviderError {
    const owner = parseOwner(text);
    const who = owner ? `process ${owner.pid} on ${owner.host.split(' ')[0]}` : 'another process';
    const hint = 'If that process is gone, remove the file.';
    return new ProviderError('unavailable', `${this.#path} is held by ${who} and did not come free.`, { hint });
  }
}

function parseOwner(text: string): Owner | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('pid' in value && 'host' in value && 'nonce' in value)) return;
    const { pid, host, nonce } = value;
    if (typeof pid !== 'number' || typeof host !== 'string' || typeof nonce !== 'string') return undefined;
    return { pid, host, nonce };
  } catch {
    return undefined;
  }
}
