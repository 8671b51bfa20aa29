/** What a CI system says about a run, in our words. */
export interface CiFacts {
  readonly commit?: string;
  readonly branch?: string;
  readonly runUrl?: string;
}

type Env = Readonly<Record<string, string | undefined>>;

interface CiSystem {
  /** The variable that only this system sets. */
  readonly marker: string;
  readonly read: (env: Env) => { readonly [Fact in keyof CiFacts]: string | undefined };
}

/** Each entry is read off the vendor's page of predefined variables. */
const systems: readonly CiSystem[] = [
  {
    // https://docs.github.com/en/actions/reference/workflows-and-actions/variables
    marker: 'GITHUB_ACTIONS',
    read: (env) => ({
      commit: env.GITHUB_SHA,
      // On a pull request the ref is that of a merge; a tag is no branch.
      branch: filled(env.GITHUB_HEAD_REF) ?? (env.GITHUB_REF_TYPE === 'tag' ? undefined : env.GITHUB_REF_NAME),
      runUrl: joined(env.GITHUB_SERVER_URL, env.GITHUB_REPOSITORY, 'actions/runs', env.GITHUB_RUN_ID),
    }),
  },
  {
    // https://docs.gitlab.com/ci/variables/predefined_variables/
    marker: 'GITLAB_CI',
    read: (env) => ({
      commit: env.CI_COMMIT_SHA,
      branch: filled(env.CI_MERGE_REQUEST_SOURCE_BRANCH_NAME) ?? env.CI_COMMIT_BRANCH,
      runUrl: filled(env.CI_JOB_URL) ?? env.CI_PIPELINE_URL,
    }),
  },
  {
    // https://circleci.com/docs/reference/variables/
    marker: 'CIRCLECI',
    read: (env) => ({ commit: env.CIRCLE_SHA1, branch: env.CIRCLE_BRANCH, runUrl: env.CIRCLE_BUILD_URL }),
  },
  {
    // https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/
    marker: 'BITBUCKET_BUILD_NUMBER',
    read: (env) => ({
      commit: env.BITBUCKET_COMMIT,
      branch: env.BITBUCKET_BRANCH,
      runUrl: joined(env.BITBUCKET_GIT_HTTP_ORIGIN, 'pipelines/results', env.BITBUCKET_BUILD_NUMBER),
    }),
  },
  {
    // https://learn.microsoft.com/en-us/azure/devops/pipelines/build/variables
    marker: 'TF_BUILD',
    read: (env) => ({
      commit: env.BUILD_SOURCEVERSION,
      branch: branchOf(filled(env.SYSTEM_PULLREQUEST_SOURCEBRANCH) ?? env.BUILD_SOURCEBRANCH),
      runUrl: joined(
        env.SYSTEM_TEAMFOUNDATIONCOLLECTIONURI,
        env.SYSTEM_TEAMPROJECT && encodeURIComponent(env.SYSTEM_TEAMPROJECT),
        env.BUILD_BUILDID && `_build/results?buildId=${env.BUILD_BUILDID}`,
      ),
    }),
  },
  {
    // https://buildkite.com/docs/pipelines/configure/environment-variables
    marker: 'BUILDKITE',
    read: (env) => ({
      commit: env.BUILDKITE_COMMIT,
      branch: env.BUILDKITE_BRANCH,
      runUrl: env.BUILDKITE_BUILD_URL,
    }),
  },
  {
    // https://www.jenkins.io/doc/book/pipeline/jenkinsfile/#using-environment-variables
    marker: 'JENKINS_URL',
    read: (env) => ({
      commit: env.GIT_COMMIT,
      branch: filled(env.CHANGE_BRANCH) ?? filled(env.BRANCH_NAME) ?? env.GIT_BRANCH?.replace(/^origin\//, ''),
      runUrl: env.BUILD_URL,
    }),
  },
];

/** Facts from the variables of GitHub, GitLab, CircleCI, Bitbucket, Azure Pipelines, Buildkite or Jenkins; empty elsewhere. */
export function readCi(env: Env): CiFacts {
  const system = systems.find(({ marker }) => filled(env[marker]) !== undefined);
  if (system === undefined) return {};
  const { commit, branch, runUrl } = system.read(env);
  return {
    ...(isCommit(commit) ? { commit } : {}),
    ...(branch === undefined || branch === '' ? {} : { branch }),
    ...withoutCredentials(runUrl),
  };
}

/** What all jobs of one CI run have in common and no other run has; GitLab's and CircleCI's URLs are those of single jobs. */
export function readCiRun(env: Env): string | undefined {
  if (filled(env.GITLAB_CI) !== undefined && filled(env.CI_PIPELINE_URL) !== undefined) {
    return withoutCredentials(env.CI_PIPELINE_URL).runUrl;
  }
  if (filled(env.CIRCLECI) !== undefined && filled(env.CIRCLE_WORKFLOW_ID) !== undefined) return env.CIRCLE_WORKFLOW_ID;
  return readCi(env).runUrl;
}

function filled(value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : value;
}

function joined(...parts: readonly (string | undefined)[]): string | undefined {
  if (parts.some((part) => filled(part) === undefined)) return undefined;
  return parts.map((part) => part?.replace(/\/+$/, '')).join('/');
}

/** `refs/heads/x` is the branch x; other refs are none. */
function branchOf(ref: string | undefined): string | undefined {
  return ref?.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : undefined;
}

/** Buildkite says `HEAD` where nobody named a commit. */
function isCommit(value: string | undefined): value is string {
  return value !== undefined && /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(value);
}

/** The URL goes into manifests, which others read: a user or token in it stays out. */
function withoutCredentials(runUrl: string | undefined): { runUrl?: string } {
  if (runUrl === undefined || !URL.canParse(runUrl)) return {};
  const url = new URL(runUrl);
  url.username = '';
  url.password = '';
  return { runUrl: url.href };
}
