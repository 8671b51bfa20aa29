/** Commands that change an environment, and those that say what these would do: one chunk of the package, since they share most of their code. */
export { activate } from './activate.ts';
export { deploy } from './deploy.ts';
export { plan } from './plan.ts';
export { promote } from './promote.ts';
export { prune } from './prune.ts';
export { rollback } from './rollback.ts';
