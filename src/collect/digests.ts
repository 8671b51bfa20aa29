import { Thread } from '../provider/thread.ts';
import { type DigestJob, makeDigester, type Shown } from './digest-job.ts';
import { blindLook, type HashCache } from './hash-cache.ts';
import type { KnownDigest } from './hash-cache-rows.ts';
import type { Pacer } from './pacer.ts';

/** A file's digest, or a promise of it while another thread is at it. */
export interface Begun<Digest extends KnownDigest> {
  readonly digest: Shown<Digest> | Promise<Shown<Digest>>;
}

/** Where a run's digests come from: the cache where it knows them, else the bytes, read here or in a second thread. */
export class Digests<Digest extends KnownDigest> {
  readonly #kind: DigestJob['kind'];
  readonly #hashes: HashCache | undefined;
  readonly #digestHere: (job: DigestJob) => Promise<Shown>;
  readonly #thread: Thread<DigestJob, Shown>;

  /** `kind`: whether the MD5 is wanted beside the sha256. */
  constructor(
    kind: Digest extends { readonly md5: string } ? 'md5' : 'sha256',
    hashes: HashCache | undefined,
    pacer: Pacer,
  ) {
    this.#kind = kind;
    this.#hashes = hashes;
    this.#digestHere = makeDigester(pacer);
    this.#thread = new Thread('src/collect/digest-thread', this.#digestHere);
  }

  /** `isScript`: as in the job. Resolves when the next file may be begun. Raises SOURCE_CHANGED and SOURCE_MISSING, as `digest` does. */
  async begin(file: string, label: string, isScript = false): Promise<Begun<Digest>> {
    const look = this.#hashes?.look(file) ?? blindLook;
    const { known } = look;
    if (known !== undefined && this.#suffices(known)) return { digest: known };
    const job = { file, label, kind: this.#kind, ...(isScript ? { isScript } : {}) };
    const offered = this.#thread.offer(job)?.then((digest) => look.note(digest) as Shown<Digest>);
    // It may fail before anybody waits for it.
    offered?.catch(() => undefined);
    return { digest: offered ?? (look.note(await this.#digestHere(job)) as Shown<Digest>) };
  }

  /** No digest may be under way. */
  close(): Promise<void> {
    return this.#thread.close();
  }

  #suffices(known: KnownDigest): known is Digest {
    return this.#kind === 'sha256' || 'md5' in known;
  }
}
