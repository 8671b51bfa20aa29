import { appendLine } from './lines.ts';

/** The variables that name the files; a step's variables and a step's outputs. */
export const githubFiles = ['GITHUB_ENV', 'GITHUB_OUTPUT'] as const;

/**
 * Adds one assignment to a file of GitHub Actions, unless it is the newest of its name already. The runner takes the last one.
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions#environment-files
 */
export function renderGithub(existing: string, name: string, value: string): string {
  if (/[\r\n]/.test(value)) return appendLine(existing, renderBlock(name, value));
  const line = `${name}=${value}`;
  const newest = existing.split(/\r?\n/).findLast((one) => one.startsWith(`${name}=`) || one.startsWith(`${name}<<`));
  return newest === line ? existing : appendLine(existing, line);
}

/** The form for values of several lines, between delimiters that do not occur in it. */
function renderBlock(name: string, value: string): string {
  let delimiter = 'WAYBILL_END';
  while (value.includes(delimiter)) delimiter += '_';
  return `${name}<<${delimiter}\n${value}\n${delimiter}`;
}
