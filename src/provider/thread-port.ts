import { parentPort } from 'node:worker_threads';

export interface Question<Job> {
  readonly id: number;
  readonly jobs: readonly Job[];
}

export interface Answer<Result> {
  readonly id: number;
  /** In the order of the jobs. Errors stay here: whoever asked does the job again and meets them. */
  readonly results: readonly ({ readonly value: Result } | { readonly failed: true })[];
}

/** What runs in a thread of its own: answers the jobs of `Thread`, one after the other. */
export function serveJobs<Job, Result>(run: (job: Job) => Result | Promise<Result>): void {
  const answer = (one: Answer<Result>) => parentPort?.postMessage(JSON.stringify(one));
  const take = async ({ id, jobs }: Question<Job>): Promise<void> => {
    const results: Answer<Result>['results'][number][] = [];
    for (const job of jobs) {
      try {
        results.push({ value: await run(job) });
      } catch {
        results.push({ failed: true });
      }
    }
    answer({ id, results });
  };
  let last = Promise.resolve();
  parentPort?.on('message', (text: string) => {
    last = last.then(() => take(JSON.parse(text)));
  });
  answer({ id: 0, results: [] });
}
