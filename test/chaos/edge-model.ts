import type { Edge } from '../../src/provider/contract.ts';
import { createRecordingEdge } from '../rig.ts';

/** What stands at each public key, as a text that is equal for equal bytes and headers. */
type Peek = () => ReadonlyMap<string, string>;

/** An edge whose visitors ask for every key all the time, so that each old copy is back as soon as it can be. */
export class EdgeModel {
  readonly #cache = new Map<string, string>();
  readonly #keys: readonly string[];
  readonly #peek: Peek;
  readonly edge: Edge;
  /** Thrown after the edge has forgotten, like an answer that got lost; or thrown by itself, before. */
  strike: () => Error | undefined = () => undefined;

  constructor(keys: readonly string[], peek: Peek) {
    this.#keys = keys;
    this.#peek = peek;
    this.edge = {
      ...createRecordingEdge(),
      invalidate: async ({ items }) => {
        this.visit();
        const lost = this.strike();
        for (const item of items) {
          if (item.endsWith('*')) this.#cache.clear();
          this.#cache.delete(item.replace('/static/', ''));
        }
        if (lost) throw lost;
        return { id: 'I' };
      },
    };
  }

  /** Everybody asks for everything; hashed names only once a page can name them. */
  visit(): void {
    const current = this.#peek();
    for (const key of this.#keys) {
      const found = current.get(key);
      if (this.#cache.has(key) || (found === undefined && key.startsWith('app-'))) continue;
      this.#cache.set(key, found ?? 'absent');
    }
  }

  /** Holds what the other one holds. */
  take(other: EdgeModel): void {
    this.#cache.clear();
    for (const [key, copy] of other.#cache) this.#cache.set(key, copy);
  }

  forgetAll(): void {
    this.#cache.clear();
  }

  /** Of `keys`, those whose copy is not what the origin has. */
  findStale(keys: readonly string[]): string[] {
    const current = this.#peek();
    const stale = keys.filter((key) => this.#cache.has(key) && this.#cache.get(key) !== current.get(key));
    return stale.map((key) => `${key} is stale at the edge: ${this.#cache.get(key)}, not ${current.get(key)}`);
  }
}
