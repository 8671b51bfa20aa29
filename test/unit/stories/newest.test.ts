import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { makeRig, type Rig } from '../../rig.ts';

const env = {
  PATH: process.env.PATH,
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@example',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@example',
};

function git(rig: Rig, args: readonly string[], seconds = 0): string {
  const date = new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString();
  const options = { cwd: rig.directory, env: { ...env, GIT_COMMITTER_DATE: date, GIT_AUTHOR_DATE: date } };
  return execFileSync('git', [...args], { ...options, encoding: 'utf8', stdio: 'pipe' }).trim();
}

function commit(rig: Rig, files: Record<string, string>, seconds: number): string {
  rig.setFiles(files);
  git(rig, ['add', '-A']);
  git(rig, ['commit', '-q', '-m', 'c'], seconds);
  return git(rig, ['rev-parse', 'HEAD']);
}

function makeRepository() {
  const rig = makeRig({ files: { 'a.css': '1' } });
  git(rig, ['init', '-q', '-b', 'main']);
  const first = commit(rig, { 'a.css': '1' }, 0);
  const second = commit(rig, { 'a.css': '2' }, 100);
  return { rig, first, second };
}

describe('the newest commit wins', () => {
  test('an ancestor of the live commit is exit 4 before any write, unless --allow-older', async () => {
    const { rig, first, second } = makeRepository();
    await rig.deploy();
    git(rig, ['checkout', '-q', first]);
    const before = new Map(rig.objects);
    const refusal = { code: 'OLDER_COMMIT', exitCode: 4, message: expect.stringContaining('an ancestor of it') };
    await expect(rig.deploy()).rejects.toMatchObject(refusal);
    await expect(rig.deploy({ stage: true })).rejects.toMatchObject(refusal);
    await expect(rig.plan()).rejects.toMatchObject(refusal);
    expect(rig.objects).toEqual(before);
    expect(await rig.deploy({ allowOlder: true })).toMatchObject({ version: 2 });
    git(rig, ['checkout', '-q', second]);
    expect(await rig.deploy()).toMatchObject({ version: 3 });
  });

  test('the same commit again, other files or not, and a commit of another branch are no older ones', async () => {
    const { rig, first } = makeRepository();
    await rig.deploy();
    rig.setFiles({ 'a.css': 'built again' });
    expect(await rig.deploy()).toMatchObject({ version: 2 });
    git(rig, ['checkout', '-q', '-f', '-b', 'side', first]);
    // Older by its time, but git knows both.
    commit(rig, { 'a.css': 'side' }, 50);
    expect(await rig.deploy()).toMatchObject({ version: 3 });
  });

  test('where git does not know the live commit, the times decide, and the message says so', async () => {
    const { rig, first, second } = makeRepository();
    await rig.deploy();
    git(rig, ['checkout', '-q', '--orphan', 'lost', first]);
    commit(rig, { 'a.css': 'other' }, 50);
    git(rig, ['branch', '-q', '-D', 'main']);
    git(rig, ['reflog', 'expire', '--expire=now', '--all']);
    git(rig, ['gc', '-q', '--prune=now']);
    expect(() => git(rig, ['cat-file', '-e', second])).toThrow();
    await expect(rig.deploy()).rejects.toMatchObject({
      code: 'OLDER_COMMIT',
      message: expect.stringMatching(
        /older by its time \(2026-01-01T00:00:50.000Z, and 2026-01-01T00:01:40.000Z\).*git cannot tell/,
      ),
    });
    commit(rig, { 'a.css': 'newer' }, 200);
    expect(await rig.deploy()).toMatchObject({ version: 2 });
  });

  test('after a rollback the newer commit may come again', async () => {
    const { rig, first, second } = makeRepository();
    git(rig, ['checkout', '-q', first]);
    await rig.deploy();
    git(rig, ['checkout', '-q', second]);
    await rig.deploy();
    await rig.rollback();
    expect(await rig.deploy()).toMatchObject({ version: 3 });
  });
});
