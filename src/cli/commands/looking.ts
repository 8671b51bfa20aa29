/** Commands that look at an environment, or do one small thing there: one chunk of the package. */
export { diff } from './diff.ts';
export { invalidate } from './invalidate.ts';
export { policy } from './policy.ts';
export { show } from './show.ts';
export { status } from './status.ts';
export { strip } from './strip.ts';
export { unlock } from './unlock.ts';
export { url } from './url.ts';
export { verify } from './verify.ts';
export { versions } from './versions.ts';
