import { execFile } from 'node:child_process';
import type { Provenance } from '../model.ts';
import { readCi } from './ci.ts';

/** A repository on a slow disk must not hold up a deploy for what is only a note. */
const gitTimeoutMs = 2000;

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Where the files of a version come from, as far as git and the CI system tell. CI's branch wins, since its checkouts have
 * a detached HEAD; git's commit wins, since it is what lies on the disk. Never rejects: what is unknown is left out.
 */
export async function readProvenance(directory: string, env: Env): Promise<Provenance> {
  const [head, branch, status] = await Promise.all([
    git(directory, env, ['log', '-1', '--no-show-signature', '--format=%H %cI']),
    git(directory, env, ['symbolic-ref', '--short', '--quiet', 'HEAD']),
    // Untracked files are most of the work in a big repository, and build output is mostly untracked or ignored.
    git(directory, env, ['status', '--porcelain', '--untracked-files=no']),
  ]);
  const ci = readCi(env);
  const [commit = ci.commit, time] = head?.split(' ') ?? [];
  const named = ci.branch ?? (branch === '' ? undefined : branch);
  return {
    ...(commit === undefined ? {} : { commit }),
    ...(named === undefined ? {} : { branch: named }),
    // A repository without commits has nothing to differ from.
    ...(head === undefined || status === undefined ? {} : { dirty: status !== '' }),
    ...commitTimeOf(time),
    ...(ci.runUrl === undefined ? {} : { runUrl: ci.runUrl }),
  };
}

function commitTimeOf(time: string | undefined): { commitTime?: string } {
  const at = time === undefined ? Number.NaN : Date.parse(time);
  return Number.isNaN(at) ? {} : { commitTime: new Date(at).toISOString() };
}

/** Trimmed output; `undefined` when git is missing, fails or takes too long. */
function git(directory: string, env: Env, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = {
      cwd: directory,
      // Without optional locks `status` leaves the index alone, so nothing is written beside a running git.
      env: { ...env, GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' },
      timeout: gitTimeoutMs,
      killSignal: 'SIGKILL',
      maxBuffer: 16 * 1024 * 1024,
      windowsHide: true,
    } as const;
    try {
      execFile('git', args, options, (error, stdout) => resolve(error === null ? stdout.trim() : undefined));
    } catch {
      // A folder or variable that the system refuses is thrown at once.
      resolve(undefined);
    }
  });
}
