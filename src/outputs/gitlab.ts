import { WaybillError } from '../errors/errors.ts';
import { appendLine } from './lines.ts';

/**
 * Sets one variable in a dotenv report. GitLab knows neither quotes nor comments in it, so the value stands as it is and the whole
 * rest of the line is replaced. https://docs.gitlab.com/ci/yaml/artifacts_reports/#artifactsreportsdotenv
 */
export function renderGitlab(existing: string, name: string, value: string): string {
  if (/[\r\n]/.test(value)) {
    throw new WaybillError('OUTPUT_FAILED', 'the value holds a line break, which a GitLab report cannot hold');
  }
  const line = new RegExp(`^(${name}[^\\S\\r\\n]*=)[^\\r\\n]*`, 'gm');
  if (!line.test(existing)) return appendLine(existing, `${name}=${value}`);
  return existing.replace(line, (_, head: string) => head + value);
}
