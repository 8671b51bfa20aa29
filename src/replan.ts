import { PlanError } from './errors/errors.ts';

const mostReplans = 3;

/** Runs `attempt` again when the plan went stale before anything was written. */
export async function withReplans<T>(replan: boolean, attempt: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      const isStale = error instanceof PlanError && error.code === 'PLAN_STALE';
      if (!replan || !isStale || tries === mostReplans) throw error;
    }
  }
}
