import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { idsIn, idsOf, SECTIONS } from '../conformance/ids.ts';
import { repository } from '../helpers/program.ts';

const LIMIT = { timeout: 20_000 };

/** Ids in the titles of tests, or in the tables from which titles are made; those in comments count for nothing. */
function namedIds(): Set<string> {
  const root = join(repository, 'test');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /\.(test|suite)\.ts$/.test(file),
  );
  const sources = files.map((file) => readFileSync(join(root, file), 'utf8'));
  return new Set(sources.flatMap((source) => idsIn(source.replaceAll(/^\s*(\/\/|\/\*|\*).*$/gm, ''))));
}

const named = namedIds();

for (const [name, section] of Object.entries(SECTIONS)) {
  test(`every behaviour of ${name} (${section.title}) is tested, or left out with a reason`, LIMIT, (context) => {
    const ids = idsOf(section);
    const { skipped, open } = section;
    const missing = ids.filter((id) => !named.has(id) && !(id in skipped) && !open.includes(id));
    assert.deepEqual(missing, [], 'no test names these; write one, or say in test/conformance/ids.ts why not');
    const listed = [...Object.keys(skipped), ...open];
    assert.deepEqual(
      listed.filter((id) => named.has(id)),
      [],
      'a test names these; take them from the table',
    );
    assert.deepEqual(
      listed.filter((id) => !ids.includes(id)),
      [],
      'the table has no such ids',
    );
    for (const [id, reason] of Object.entries(skipped)) context.diagnostic(`${id} is left out: ${reason}`);
    if (open.length > 0) context.diagnostic(`still to be written: ${open.join(', ')}`);
  });
}

test('tests name no behaviour that the table does not know', LIMIT, () => {
  const known = new Set(Object.values(SECTIONS).flatMap(idsOf));
  const families = new Set([...known].map((id) => id.split('-')[0]));
  const unknown = [...named].filter((id) => !known.has(id) && families.has(id.split('-')[0]));
  assert.deepEqual(unknown, []);
});
