import type { ZodType } from 'zod';
import type { OriginProvider, PolicyDocument } from '../../src/provider/contract.ts';
import { parseOptions } from '../../src/provider/define.ts';
import type { Dialect } from './dialect.ts';
import { s3Origin } from './index.ts';
import type { S3Options } from './options.ts';
import { openS3 } from './origin.ts';

export interface Preset<Options> {
  readonly dialect: Dialect;
  readonly schema: ZodType<Options>;
  /** The same location in the words of `s3`. */
  toS3(options: Options): S3Options;
  policy(options: Options): PolicyDocument[];
}

/** An origin that is `s3` with the manners of one store. */
export function definePreset<Options>({ dialect, schema, toS3, policy }: Preset<Options>): OriginProvider<Options> {
  return {
    kind: 'origin',
    id: dialect.id,
    packages: s3Origin.packages,
    parse: (raw, path) => parseOptions(schema, raw, path),
    locate: (options, directory) => s3Origin.locate(toS3(options), directory),
    policy,
    open: (options, context) => openS3(toS3(options), context, { dialect }),
  };
}
