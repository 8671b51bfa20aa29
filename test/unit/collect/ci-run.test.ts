import { expect, test } from 'vitest';
import { readCiRun } from '../../../src/collect/ci.ts';

test('jobs of one GitLab pipeline or CircleCI workflow are one run; elsewhere its URL names it', () => {
  const job = { GITLAB_CI: 'true', CI_JOB_URL: 'https://ci.example/jobs/1' };
  expect(readCiRun({ ...job, CI_PIPELINE_URL: 'https://token@ci.example/pipelines/7' })).toBe(
    'https://ci.example/pipelines/7',
  );
  expect(readCiRun(job)).toBe('https://ci.example/jobs/1');
  expect(readCiRun({ CIRCLECI: 'true', CIRCLE_BUILD_URL: 'https://c.example/9', CIRCLE_WORKFLOW_ID: 'w' })).toBe('w');
  const github = { GITHUB_ACTIONS: 'true', GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'a/b' };
  expect(readCiRun({ ...github, GITHUB_RUN_ID: '5' })).toBe('https://github.com/a/b/actions/runs/5');
  expect(readCiRun({})).toBeUndefined();
});
