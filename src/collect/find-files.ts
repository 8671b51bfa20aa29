import type { Source } from '../config/types.ts';
import { type FindOptions, findDjango } from './django/find.ts';
import { mergeSources } from './merge.ts';
import type { Pacer } from './pacer.ts';
import { type FoundFile, type Walked, walk } from './walk.ts';

export interface FindFilesOptions {
  readonly sources: readonly Source[];
  /** The configuration's folder. */
  readonly directory: string;
  /** What a project's Python gets. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** gitignore syntax, for every directory. */
  readonly ignore: readonly string[];
  readonly collisions: 'error' | 'first' | 'last';
  /** UTF-8 bytes of the longest key that the origin stores. */
  readonly maxKeyBytes: number;
  readonly signal: AbortSignal;
  readonly ask?: FindOptions['ask'];
}

export interface Found {
  readonly walked: readonly Walked[];
  /** Those that won their paths, of all sources. */
  readonly files: readonly FoundFile[];
}

/** Lists all sources and decides who wins where they meet; opens no file. Raises what `findDjango`, `walk` and `mergeSources` raise. */
export async function findFiles(options: FindFilesOptions, pacer: Pacer): Promise<Found> {
  const walked: Walked[] = [];
  for (const source of options.sources) {
    walked.push(
      source.kind === 'django'
        ? await findDjango(source, { ...options, pacer })
        : await walk(source, { ...options, pacer }),
    );
  }
  return { walked, files: mergeSources(walked, options.collisions) };
}
