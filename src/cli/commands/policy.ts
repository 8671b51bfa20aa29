import { readPolicy } from '../../policy.ts';
import type { RunCommand } from '../command.ts';
import { loadTarget } from '../context.ts';
import { renderPolicy } from '../render/policy.ts';

export const policy: RunCommand<object> = async (invocation) => {
  const { environment } = await loadTarget(invocation);
  const { documents, without } = readPolicy(environment);
  const document = { kind: 'policy', format: 1, environment: environment.name, documents, without };
  invocation.terminal.print(document, (paint) => renderPolicy({ documents, without }, paint));
  return 0;
};
