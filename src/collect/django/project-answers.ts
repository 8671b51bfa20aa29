import { readCacheFile, writeCacheFile } from '../cache-file.ts';
import { askDjango, type DjangoAnswer, type DjangoRequest, parseAnswer } from './ask-django.ts';

/** One text for each request. */
type Texts = ReadonlyMap<string, string>;

/**
 * What the Pythons of projects answer. Starting Django takes longer than all else in a run that finds nothing to do, so such a run
 * goes on with what was answered last time, and compares that with the answer when it comes.
 */
export class ProjectAnswers {
  readonly #place: string | undefined;
  readonly #before: Texts;
  readonly #asked = new Map<string, Promise<string>>();

  /** `place`: the file that answers are kept in between runs. */
  constructor(place?: string) {
    this.#place = place;
    this.#before = parseTexts(place === undefined ? undefined : readCacheFile(place));
  }

  /** Asks once for each request. Raises as `askDjango` does. */
  async ask(request: DjangoRequest): Promise<DjangoAnswer> {
    return parseAnswer(await this.#start(request), request);
  }

  /** The last run's answer, while the new one is awaited; undefined where there was none. */
  guess(request: DjangoRequest): DjangoAnswer | undefined {
    const text = this.#before.get(keyOf(request));
    // What fails is told to whoever asks or compares.
    this.#start(request).catch(() => undefined);
    return text === undefined ? undefined : parseAnswer(text, request);
  }

  /** Whether all answers of this run are those of the last one. Rejects where Django does not answer. */
  async areAsBefore(): Promise<boolean> {
    for (const [key, text] of this.#asked) if ((await text) !== this.#before.get(key)) return false;
    return true;
  }

  /** Keeps this run's answers for the next one. */
  async save(nonce: string): Promise<void> {
    if (this.#place === undefined || this.#asked.size === 0 || (await this.areAsBefore())) return;
    const entries = await Promise.all([...this.#asked].map(async ([key, text]) => [key, await text] as const));
    writeCacheFile(this.#place, JSON.stringify({ format: 1, answers: Object.fromEntries(entries) }), nonce);
  }

  #start(request: DjangoRequest): Promise<string> {
    const key = keyOf(request);
    const asked = this.#asked.get(key) ?? askDjango(request);
    this.#asked.set(key, asked);
    return asked;
  }
}

function keyOf({ manage, python, settings, ignore, defaultIgnore }: DjangoRequest): string {
  return JSON.stringify([manage, python, settings ?? null, ignore, defaultIgnore]);
}

function parseTexts(bytes: Buffer | undefined): Texts {
  try {
    const { format, answers } = JSON.parse(bytes?.toString() ?? '') as {
      format: unknown;
      answers: Record<string, string>;
    };
    if (format !== 1) return new Map();
    return new Map(Object.entries(answers).filter(([, text]) => typeof text === 'string'));
  } catch {
    return new Map();
  }
}
