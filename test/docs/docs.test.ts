/** The documents say what is there: links lead somewhere, every dependency has its reason, every key and command is described. */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gatewaySchema } from '../../gateway/arrangement/gateway-config.ts';
import { arrangementSchema } from '../../gateway/arrangement/schema/document.ts';
import { CATALOGUE } from '../../gateway/commands/catalogue.ts';
import { SCENARIOS } from '../../firmware-sim/simulate.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const documents = globSync(['*.md', 'docs/**/*.md', 'adapters/**/*.md', 'examples/**/*.md'], { cwd: ROOT });

interface Shape { readonly properties?: Readonly<Record<string, Shape>>; readonly items?: Shape }
/** `mqtt.port`, `sites.id`: every key that a document may hold, through objects and lists. */
function keysOf(schema: Shape, before = ''): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => {
    const below = [...keysOf(inner, `${before}${name}.`), ...keysOf(inner.items ?? {}, `${before}${name}.`)];
    return below.length > 0 ? below : [`${before}${name}`];
  });
}

describe('the documents', () => {
  it.each(documents)('%s: every relative link leads to a file', (path) => {
    const targets = [...read(path).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map((match) => match[1] ?? '').filter((target) => !/^[a-z]+:/.test(target));
    expect(targets.filter((target) => !existsSync(resolve(ROOT, dirname(path), target)))).toEqual([]);
  });

  it('docs/dependencies.md gives a reason for every package, and for none that is not there', () => {
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;
    const installed = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies }).sort();
    const rows = read('docs/dependencies.md').split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| package'));
    const described = rows.flatMap((row) => (row.split('|')[1] ?? '').split(',').map((name) => name.trim().split(' ')[0] ?? '')).sort();
    expect(described).toEqual(installed);
  });

  it('docs/configuration.md describes every key of gateway.yaml with its variable', () => {
    const text = read('docs/configuration.md');
    const lacking = keysOf(gatewaySchema as Shape).filter((key) => !text.includes(`\`${key}\``) || !text.includes(`LIANQIN_${key.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).replaceAll('.', '_').toUpperCase()}`));
    expect(lacking).toEqual([]);
  });

  it('docs/configuration.md describes every key of the arrangement', () => {
    const text = read('docs/configuration.md');
    expect(keysOf(arrangementSchema as Shape).map((key) => key.split('.').at(-1) ?? '').filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });

  it('docs/commands.md describes every command, docs/simulator.md every scenario', () => {
    expect([...CATALOGUE.keys()].filter((name) => !read('docs/commands.md').includes(`lianqin ${name}`))).toEqual([]);
    expect(SCENARIOS.filter((name) => !read('docs/simulator.md').includes(`\`${name}\``))).toEqual([]);
  });

  it('docs/http.md names every path of the OpenAPI document', async () => {
    const { buildApi } = await import('../../gateway/api/server.ts');
    const { fakeApi } = await import('../support/fake-api.ts');
    const { app } = buildApi(fakeApi().dependencies);
    await app.ready();
    const paths = Object.keys((app.swagger() as { paths: object }).paths);
    await app.close();
    const text = read('docs/http.md');
    expect(paths.length).toBeGreaterThan(15);
    expect(paths.filter((path) => path.startsWith('/api/v1') && !text.includes(`\`${path}\``))).toEqual([]);
  });
});
