import type { EnvironmentPolicy } from '../../policy.ts';
import type { Paint } from '../style.ts';

export function renderPolicy({ documents, without }: EnvironmentPolicy, paint: Paint): string {
  const sections = documents.map(({ title, body }) => `${paint('bold', title)}\n\n${body.trimEnd()}`);
  const rest = without.length === 0 ? [] : [`Nothing needs to be allowed for ${without.join(', ')}.`];
  return [...sections, ...rest].join('\n\n');
}
