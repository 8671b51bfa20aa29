import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readProvenance } from '../../../src/collect/provenance.ts';
import { makeTree } from '../../temp.ts';

const plain = { PATH: process.env.PATH, HOME: '/nonexistent' };
const sha = 'a'.repeat(40);

function repository(): { root: string; git: (...args: string[]) => string } {
  const root = makeTree({ 'a.css': 'a' });
  const env = { ...plain, GIT_COMMITTER_DATE: '2026-01-02T03:04:05+02:00' };
  const who = ['-c', 'user.name=T', '-c', 'user.email=t@example.com'];
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', root, ...who, ...args], { env, encoding: 'utf8' }).trim();
  git('init', '-q', '-b', 'topic');
  git('add', '.');
  git('commit', '-q', '-m', 'first');
  return { root, git };
}

describe('git', () => {
  it('tells commit, branch, time and whether tracked files differ', async () => {
    const { root, git } = repository();
    const commit = git('rev-parse', 'HEAD');
    const clean = { commit, branch: 'topic', dirty: false, commitTime: '2026-01-02T01:04:05.000Z' };
    expect(await readProvenance(root, plain)).toEqual(clean);
    writeFileSync(join(root, 'untracked.css'), '');
    expect(await readProvenance(root, plain)).toEqual(clean);
    writeFileSync(join(root, 'a.css'), 'b');
    expect(await readProvenance(root, plain)).toEqual({ ...clean, dirty: true });
  });

  it('a detached HEAD has no branch, unless CI names it', async () => {
    const { root, git } = repository();
    git('checkout', '-q', '--detach');
    expect(await readProvenance(root, plain)).not.toHaveProperty('branch');
    const ci = { ...plain, GITLAB_CI: 'true', CI_COMMIT_BRANCH: 'main', CI_COMMIT_SHA: sha };
    expect(await readProvenance(root, ci)).toMatchObject({ branch: 'main', commit: git('rev-parse', 'HEAD') });
  });

  it.each([
    ['no repository', () => makeTree(), { ...plain, GIT_CEILING_DIRECTORIES: '/' }],
    ['no git', () => makeTree(), { PATH: '/nonexistent' }],
    ['no folder', () => '/nonexistent/folder', plain],
    ['a folder that no system takes', () => 'a\0b', plain],
  ])('%s gives nothing', async (_, directory, env) => expect(await readProvenance(directory(), env)).toEqual({}));

  it('a repository without commits gives its branch', async () => {
    const root = makeTree();
    execFileSync('git', ['-C', root, 'init', '-q', '-b', 'new'], { env: plain });
    expect(await readProvenance(root, plain)).toEqual({ branch: 'new' });
  });

  it('a git that hangs is given up', async () => {
    const bin = makeTree({ git: '#!/bin/sh\nexec sleep 30\n' });
    execFileSync('chmod', ['+x', join(bin, 'git')]);
    const start = Date.now();
    expect(await readProvenance(bin, { PATH: `${bin}:${process.env.PATH}` })).toEqual({});
    expect(Date.now() - start).toBeLessThan(6000);
  });
});

describe('CI', () => {
  const systems: [string, Record<string, string>, object][] = [
    [
      'GitHub push',
      {
        GITHUB_ACTIONS: 'true',
        GITHUB_SHA: sha,
        GITHUB_REF_TYPE: 'branch',
        GITHUB_REF_NAME: 'main',
        GITHUB_HEAD_REF: '',
        GITHUB_SERVER_URL: 'https://github.com',
        GITHUB_REPOSITORY: 'o/r',
        GITHUB_RUN_ID: '42',
      },
      { commit: sha, branch: 'main', runUrl: 'https://github.com/o/r/actions/runs/42' },
    ],
    [
      'GitHub pull request',
      { GITHUB_ACTIONS: 'true', GITHUB_REF_TYPE: 'branch', GITHUB_REF_NAME: '7/merge', GITHUB_HEAD_REF: 'fix' },
      { branch: 'fix' },
    ],
    ['GitHub tag', { GITHUB_ACTIONS: 'true', GITHUB_REF_TYPE: 'tag', GITHUB_REF_NAME: 'v1' }, {}],
    [
      'GitLab',
      {
        GITLAB_CI: 'true',
        CI_COMMIT_SHA: sha,
        CI_COMMIT_BRANCH: 'main',
        CI_JOB_URL: 'https://u:secret@gitlab.example/o/r/-/jobs/1',
      },
      { commit: sha, branch: 'main', runUrl: 'https://gitlab.example/o/r/-/jobs/1' },
    ],
    [
      'CircleCI',
      { CIRCLECI: 'true', CIRCLE_SHA1: sha, CIRCLE_BRANCH: 'main', CIRCLE_BUILD_URL: 'https://circleci.com/gh/o/r/3' },
      { commit: sha, branch: 'main', runUrl: 'https://circleci.com/gh/o/r/3' },
    ],
    [
      'Bitbucket',
      {
        BITBUCKET_BUILD_NUMBER: '5',
        BITBUCKET_COMMIT: sha,
        BITBUCKET_BRANCH: 'main',
        BITBUCKET_GIT_HTTP_ORIGIN: 'https://bitbucket.org/o/r',
      },
      { commit: sha, branch: 'main', runUrl: 'https://bitbucket.org/o/r/pipelines/results/5' },
    ],
    [
      'Azure Pipelines',
      {
        TF_BUILD: 'True',
        BUILD_SOURCEVERSION: sha,
        BUILD_SOURCEBRANCH: 'refs/heads/feature/x',
        SYSTEM_TEAMFOUNDATIONCOLLECTIONURI: 'https://dev.azure.com/org/',
        SYSTEM_TEAMPROJECT: 'My Shop',
        BUILD_BUILDID: '9',
      },
      { commit: sha, branch: 'feature/x', runUrl: 'https://dev.azure.com/org/My%20Shop/_build/results?buildId=9' },
    ],
    [
      'Azure pull request',
      { TF_BUILD: 'True', BUILD_SOURCEBRANCH: 'refs/pull/1/merge', SYSTEM_PULLREQUEST_SOURCEBRANCH: 'refs/heads/fix' },
      { branch: 'fix' },
    ],
    [
      'Buildkite',
      {
        BUILDKITE: 'true',
        BUILDKITE_COMMIT: 'HEAD',
        BUILDKITE_BRANCH: 'main',
        BUILDKITE_BUILD_URL: 'https://buildkite.com/o/p/builds/1',
      },
      { branch: 'main', runUrl: 'https://buildkite.com/o/p/builds/1' },
    ],
    [
      'Jenkins',
      {
        JENKINS_URL: 'https://ci.example/',
        GIT_COMMIT: sha,
        GIT_BRANCH: 'origin/main',
        BUILD_URL: 'https://ci.example/job/x/1/',
      },
      { commit: sha, branch: 'main', runUrl: 'https://ci.example/job/x/1/' },
    ],
    ['none', { CI: 'true' }, {}],
  ];
  it.each(systems)('%s', async (_, env, expected) =>
    expect(await readProvenance('/nonexistent', env)).toEqual(expected),
  );
});
