import type { ClassRule, HeaderRule } from '../config/types.ts';
import { makeClassifier } from './classify.ts';
import { findHashFolders } from './hashed-name.ts';
import { makeHeaderResolver } from './headers.ts';

/** What an asset is labelled with beside its bytes. */
export interface Labels {
  readonly classOf: ReturnType<typeof makeClassifier>;
  readonly headersOf: ReturnType<typeof makeHeaderResolver>;
}

export function makeLabels(options: {
  readonly classes: readonly ClassRule[];
  readonly headers: readonly HeaderRule[];
  readonly edgeInvalidates: boolean;
  /** Of all files: what a folder holds tells hashed names from others. */
  readonly paths: readonly string[];
}): Labels {
  return {
    classOf: makeClassifier(options.classes, findHashFolders(options.paths)),
    headersOf: makeHeaderResolver(options.headers, options.edgeInvalidates),
  };
}
