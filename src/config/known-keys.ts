import type { ZodType } from 'zod';

type Step = string | number;

/** What zod keeps of a schema, as far as it is walked here; zod itself is not imported. */
interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, ZodType>>;
  readonly element?: ZodType;
  readonly valueType?: ZodType;
  readonly innerType?: ZodType;
  readonly in?: ZodType;
  readonly options?: readonly ZodType[];
  readonly getter?: () => ZodType;
}

/** Keys that an object at `path` may have; empty where the schema does not say. */
export function findKnownKeys(schema: ZodType, path: readonly Step[]): string[] {
  const [step, ...rest] = path;
  return unwrap(schema).flatMap((definition) => {
    if (step === undefined) return Object.keys(definition.shape ?? {});
    const next = definition.shape?.[step] ?? definition.element ?? definition.valueType;
    return next === undefined ? [] : findKnownKeys(next, rest);
  });
}

function unwrap(schema: ZodType): Definition[] {
  const definition = schema._zod.def as unknown as Definition;
  const inner = definition.innerType ?? definition.in ?? definition.getter?.();
  if (inner !== undefined) return unwrap(inner);
  return definition.options === undefined ? [definition] : definition.options.flatMap(unwrap);
}
