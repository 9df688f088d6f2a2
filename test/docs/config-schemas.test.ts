/** The JSON Schemas that editors pick up are those that the program checks by; `npm run schema` writes them anew. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gatewaySchema } from '../../gateway/arrangement/gateway-config.ts';
import { arrangementSchema } from '../../gateway/arrangement/schema/document.ts';

const ROOT = join(import.meta.dirname, '../..');

describe('docs/schema', () => {
  for (const [name, schema] of [['arrangement', arrangementSchema], ['gateway', gatewaySchema]] as const) {
    it(`${name}.schema.json is the schema of the program`, async () => {
      await expect(`${JSON.stringify(schema, null, 2)}\n`).toMatchFileSnapshot(join(ROOT, `docs/schema/${name}.schema.json`));
    });
    it(`examples/jiamusi/${name}.yaml names it for editors`, () => {
      expect(readFileSync(join(ROOT, `examples/jiamusi/${name}.yaml`), 'utf8')).toContain(`$schema=../../docs/schema/${name}.schema.json`);
    });
  }
});
