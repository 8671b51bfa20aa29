import { nameShard } from './split.ts';
import type { Plan } from './types.ts';

/** The command line that runs the same operation again, for what is printed after a failure. */
export function commandOf(
  plan: Pick<Plan, 'operation' | 'environment' | 'from' | 'shard'>,
  version: number | null,
): string {
  const { operation, environment, from, shard } = plan;
  switch (operation) {
    case 'deploy':
      return `waybill deploy --env ${environment}`;
    case 'stage':
      return `waybill deploy --env ${environment} --stage${shard ? ` --shard ${nameShard(shard)}` : ''}`;
    case 'rollback':
    case 'activate':
      return `waybill ${operation} --env ${environment} --to ${version}`;
    case 'promote':
      return `waybill promote --from ${from?.environment} --env ${environment} --to ${from?.version}`;
  }
}
