import * as z from 'zod';
import { makeConfigSchema } from './schema.ts';

/** Options of each provider by its id, without `use`. */
export interface OptionSchemas {
  readonly origins: Readonly<Record<string, z.ZodType>>;
  readonly edges: Readonly<Record<string, z.ZodType>>;
}

type JsonSchema = z.core.JSONSchema.JSONSchema;

// What the schema does not say, such as a refinement in code, is left to the command; the editor then accepts more.
const settings = { io: 'input', unrepresentable: 'any' } as const;

// Made once: zod wants an id to belong to one schema.
const origin = z.unknown().meta({ id: 'origin' });
const edge = z.unknown().meta({ id: 'edge' });

/** The JSON Schema (draft 2020-12) of json, yaml and toml configurations, for editors. */
export function makeJsonSchema({ origins, edges }: OptionSchemas): JsonSchema {
  const schema = z.toJSONSchema(makeConfigSchema({ origin, edge }), settings) as JsonSchema;
  return {
    ...schema,
    title: 'Waybill configuration',
    $defs: { ...schema.$defs, origin: makeUnion('Origin', origins), edge: makeUnion('Edge', edges) },
  };
}

/** One member for each provider, told apart by `use`. */
function makeUnion(title: string, providers: Readonly<Record<string, z.ZodType>>): JsonSchema {
  const members = Object.entries(providers).map(([id, options]): JsonSchema => {
    const { $schema: _, ...schema } = z.toJSONSchema(options, settings) as JsonSchema;
    return {
      title: id,
      ...schema,
      properties: { use: { type: 'string', const: id }, ...schema.properties },
      required: ['use', ...(schema.required ?? [])],
    };
  });
  return { title, oneOf: members };
}
