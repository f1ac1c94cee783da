import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

import type { PayloadPlaces } from '../../src/contract/payloadStores';

const run = promisify(execFile);

const PROGRAM = `
const { withPayloads } = require(process.argv[1]);
const [kind, places] = [process.argv[2], JSON.parse(process.argv[3])];
withPayloads(places, kind, async (payloads) => {
  const { claim } = await payloads.deposit({ kind: 'json', value: 'kept' });
  console.log(JSON.stringify(await payloads.redeem(claim)));
});
`;

/**
 * A process that uses the built library as others would: it stores one payload, prints what it loads, and closes nothing.
 *
 * @throws what it died of, or its kill when it does not end by itself within 15 s
 */
export async function storeAndLoad(
  kind: keyof PayloadPlaces,
  places: PayloadPlaces,
  env: NodeJS.ProcessEnv = {},
): Promise<unknown> {
  const built = resolve(__dirname, '../../dist/src/payload/places.js');
  const { stdout } = await run(
    process.execPath,
    ['-e', PROGRAM, built, kind, JSON.stringify(places)],
    { timeout: 15_000, env: { ...process.env, ...env } },
  );
  return JSON.parse(stdout);
}
