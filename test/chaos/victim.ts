import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { bin, environmentForRuns } from '../e2e/waybill.ts';

/** When the process is killed: so long after its start, or at an event, counted from 0, which still happens or does not. */
export type Moment = { readonly afterMs: number } | { readonly atEvent: number; readonly isDropped: boolean };

/** Called at each event; tells whether that one shall not happen any more. */
export type OnEvent = () => boolean;

export interface VictimRun {
  readonly wasKilled: boolean;
  readonly code: number | null;
  readonly stderr: string;
  readonly events: number;
  readonly firstEventMs: number;
  readonly durationMs: number;
}

export interface VictimOptions {
  readonly cwd: string;
  readonly moment?: Moment | undefined;
  /** Hands in what to call at each event of the run; without it its lines of `--debug` are the events. */
  readonly listen?: ((onEvent: OnEvent) => void) | undefined;
}

/** Runs the built executable, and kills it with SIGKILL at the given moment unless it has ended before. */
export async function runVictim(args: readonly string[], { cwd, moment, listen }: VictimOptions): Promise<VictimRun> {
  const started = performance.now();
  const child = spawn(process.execPath, [bin, ...args, '--debug'], {
    cwd,
    env: { ...environmentForRuns, AWS_ACCESS_KEY_ID: 'testaccess', AWS_SECRET_ACCESS_KEY: 'testsecret123' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let events = 0;
  let firstEventMs = 0;
  let stderr = '';
  const onEvent: OnEvent = () => {
    firstEventMs ||= performance.now() - started;
    events++;
    if (!moment || !('atEvent' in moment) || events !== moment.atEvent + 1) return false;
    child.kill('SIGKILL');
    return moment.isDropped;
  };
  listen?.(onEvent);
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    if (!listen) for (const _ of text.matchAll(/\n/g)) onEvent();
  });
  const timer = moment && 'afterMs' in moment ? setTimeout(() => child.kill('SIGKILL'), moment.afterMs) : undefined;
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  clearTimeout(timer);
  const durationMs = performance.now() - started;
  return { wasKilled: signal === 'SIGKILL', code, stderr, events, firstEventMs, durationMs };
}
