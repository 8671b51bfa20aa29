import type { DjangoRules } from '../config/types.ts';

/** What decides Django's names and bytes, besides the files. */
export interface Hashing {
  /** As Django writes it: `5.2.18`, or without the patch level. */
  readonly version: string;
  readonly staticUrl: string;
  readonly jsModules: boolean;
}

/** For sources without a project that says: the newest Django with long-term support, and what `startproject` writes. */
const defaults: Hashing = { version: '5.2', staticUrl: '/static/', jsModules: false };

/** The configuration wins over what a project says, and that over the defaults. */
export function resolveHashing(rules: DjangoRules, found: Hashing = defaults): Hashing {
  return {
    version: rules.version ?? found.version,
    staticUrl: rules.staticUrl ?? found.staticUrl,
    jsModules: rules.jsModules ?? found.jsModules,
  };
}
