import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Answer, Question } from './thread-port.ts';

/** Below this a thread costs more to start than it saves. */
const jobsBeforeStart = 200;
/** Jobs that a thread has before it at most. */
const mostWaiting = 256;
/** Sent together: a message costs as much as a small job. */
const jobsAMessage = 64;

interface Waiting<Job, Result> {
  readonly job: Job;
  readonly done: (result: Result) => void;
  readonly failed: (error: unknown) => void;
}

/**
 * A second thread for many small jobs of one kind, since hashing and writing keep one processor busy where most machines have two. It is
 * started once there is enough to do. It takes no more than it keeps up with, so that whoever offers jobs does the others meanwhile.
 * Jobs and results are plain data.
 */
export class Thread<Job, Result> {
  readonly #entry: URL;
  readonly #runHere: (job: Job) => Result | Promise<Result>;
  readonly #jobsAMessage: number;
  #worker: Worker | undefined;
  #state: 'none' | 'starting' | 'ready' | 'unusable' = 'none';
  #seen = 0;
  #unsent: Waiting<Job, Result>[] = [];
  readonly #sent = new Map<number, readonly Waiting<Job, Result>[]>();
  #messages = 0;
  #inThread = 0;

  /**
   * `entry`: the module that serves the jobs, from the root of what is built: `src/collect/digest-thread`. `mostAMessage`: fewer at once where only
   * so many are under way, since of jobs that all go in one message one side waits while the other works.
   */
  constructor(entry: string, runHere: (job: Job) => Result | Promise<Result>, mostAMessage = jobsAMessage) {
    // Built code lies in dist/chunks/. From TypeScript, as in tests, nothing is found, and there is no thread.
    this.#entry = new URL(`../${entry}.js`, import.meta.url);
    this.#runHere = runHere;
    this.#jobsAMessage = mostAMessage;
  }

  /**
   * Undefined where the job is better done by whoever offers it: while there is little to do, or more than the thread keeps up with. The
   * promise rejects as `runHere` does: what fails in the thread is tried again here.
   */
  offer(job: Job): Promise<Result> | undefined {
    this.#seen += 1;
    if (this.#state === 'none' && this.#seen > jobsBeforeStart) this.#start();
    return this.#state === 'ready' && this.#inThread < mostWaiting ? this.#enqueue(job) : undefined;
  }

  /** For one long job: waits for the thread. */
  async run(job: Job): Promise<Result> {
    if (this.#state === 'none') this.#start();
    return this.#state === 'unusable' ? this.#runHere(job) : this.#enqueue(job);
  }

  #enqueue(job: Job): Promise<Result> {
    return new Promise((done, failed) => {
      this.#inThread += 1;
      this.#unsent.push({ job, done, failed });
      if (this.#unsent.length === this.#jobsAMessage) this.#send();
      // What comes in this turn of the event loop goes together.
      else if (this.#unsent.length === 1) setImmediate(() => this.#send());
    });
  }

  /** Ends the thread; no job may be under way. */
  async close(): Promise<void> {
    this.#state = 'unusable';
    await this.#worker?.terminate();
  }

  #start(): void {
    this.#state = 'unusable';
    if (!existsSync(this.#entry)) return;
    try {
      this.#worker = new Worker(this.#entry);
    } catch {
      return;
    }
    this.#state = 'starting';
    this.#worker
      .on('message', (text: string) => this.#take(JSON.parse(text) as Answer<Result>))
      .on('error', () => this.#giveUp())
      .on('exit', () => this.#giveUp())
      .unref();
  }

  #send(): void {
    const jobs = this.#unsent;
    if (jobs.length === 0) return;
    this.#unsent = [];
    const id = ++this.#messages;
    this.#sent.set(id, jobs);
    const question: Question<Job> = { id, jobs: jobs.map(({ job }) => job) };
    // A process does not end before its answers are there.
    this.#worker?.ref();
    // As text, which is quicker to pass than objects.
    this.#worker?.postMessage(JSON.stringify(question));
  }

  #take({ id, results }: Answer<Result>): void {
    // The first message says that the thread is there.
    if (this.#state === 'starting') this.#state = 'ready';
    const jobs = this.#sent.get(id) ?? [];
    this.#sent.delete(id);
    this.#inThread -= jobs.length;
    // Messages may arrive while `close` waits for the thread's end, with nothing else to keep the process going.
    if (this.#sent.size === 0 && this.#state !== 'unusable') this.#worker?.unref();
    for (const [index, waiting] of jobs.entries()) {
      const result = results[index];
      if (result === undefined || 'failed' in result) this.#retryHere(waiting);
      else waiting.done(result.value);
    }
  }

  /** The thread is gone: all that it has not answered is done here. */
  #giveUp(): void {
    this.#state = 'unusable';
    const jobs = [...[...this.#sent.values()].flat(), ...this.#unsent];
    this.#sent.clear();
    this.#unsent = [];
    for (const waiting of jobs) this.#retryHere(waiting);
  }

  #retryHere({ job, done, failed }: Waiting<Job, Result>): void {
    const run = async () => this.#runHere(job);
    run().then(done, failed);
  }
}
