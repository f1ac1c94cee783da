import { storeSchema } from '../../../src/contract/settings';
import { checkStore, type StoreIdentity } from '../../../src/store/check';

export type Given = Readonly<Record<string, unknown>>;

/** Checks a store by settings that say no more than matters. */
export async function check(given: Given): Promise<StoreIdentity> {
  return await checkStore(storeSchema.parse({ connectTimeoutMs: 1000, ...given }));
}

/** What a person is told: the error's code, and cause and remedy as they are shown. */
export async function told(given: Given): Promise<{ code: string; text: string }> {
  const error: unknown = await check(given).then(
    () => new Error('was let in'),
    (cause: unknown) => cause,
  );
  const { code, message, remedy } = error as { code: string; message: string; remedy: string };
  return { code, text: `${message} ${remedy}` };
}
