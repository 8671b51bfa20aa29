import { execFile } from 'node:child_process';
import { relative, resolve, sep } from 'node:path';
import { PlanError } from '../errors/errors.ts';

/**
 * Files below `directory`, relative to it with `/`, that git shows as modified, staged or untracked; ignored ones are build output. A
 * submodule, or a repository inside this one, stands there as its folder. Empty outside of a repository. Throws STRIP_UNSAFE where git
 * cannot tell.
 */
export async function listUncommitted(
  directory: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ReadonlySet<string>> {
  const root = (await git(directory, env, ['rev-parse', '--show-toplevel']))?.replace(/\n$/, '');
  if (root === undefined) return new Set();
  const status = await git(directory, env, [
    'status',
    '--porcelain=v1',
    '-z',
    '--untracked-files=all',
    '--no-renames',
    '--ignore-submodules=none',
    '.',
  ]);
  const entries = (status ?? '').split('\0').filter((entry) => entry !== '');
  // Two letters, a space, and a path that starts at the repository's root.
  return new Set(
    entries.map((entry) =>
      relative(directory, resolve(root, entry.slice(3)))
        .split(sep)
        .join('/'),
    ),
  );
}

/** Undefined where there is no git or no repository. */
function git(
  directory: string,
  env: Readonly<Record<string, string | undefined>>,
  args: readonly string[],
): Promise<string | undefined> {
  const options = {
    cwd: directory,
    env: { ...env, GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' },
    maxBuffer: 256 * 1024 * 1024,
    windowsHide: true,
  };
  return new Promise((resolve, reject) => {
    execFile('git', args, options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      if (error.code === 'ENOENT' || /not a git repository/i.test(stderr)) return resolve(undefined);
      const said = stderr.trim().split('\n').at(-1) ?? error.message;
      return reject(
        new PlanError('STRIP_UNSAFE', `Git does not say what is committed: ${said}. Nothing was deleted.`, {
          hint: 'Make `git status` work here.',
          cause: error,
        }),
      );
    });
  });
}
