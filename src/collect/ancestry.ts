import { execFile } from 'node:child_process';

const gitTimeoutMs = 5000;

/**
 * Whether `ancestor` is a commit that `descendant` builds upon. `undefined` where git cannot tell: no repository, or a shallow clone
 * that lacks one of them.
 */
export function isAncestor(
  directory: string,
  env: Readonly<Record<string, string | undefined>>,
  ancestor: string,
  descendant: string,
): Promise<boolean | undefined> {
  // Names of CI variables come from outside; nothing but a hash is handed to git.
  if (!isHash(ancestor) || !isHash(descendant)) return Promise.resolve(undefined);
  const options = {
    cwd: directory,
    env: { ...env, GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' },
    timeout: gitTimeoutMs,
    windowsHide: true,
  };
  return new Promise((resolve) => {
    const args = ['merge-base', '--is-ancestor', ancestor, descendant];
    try {
      execFile('git', args, options, (error) => {
        if (error === null) return resolve(true);
        // https://git-scm.com/docs/git-merge-base: 1 is no, all else is an error.
        resolve(error.code === 1 ? false : undefined);
      });
    } catch {
      resolve(undefined);
    }
  });
}

function isHash(commit: string): boolean {
  return /^[0-9a-f]{7,64}$/i.test(commit);
}
