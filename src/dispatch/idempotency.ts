import { InputError, messageOf } from '../contract/errors';
import { fingerprint, type Identity } from '../contract/identity';
import type { ReadRequest } from './request';

/**
 * The fingerprint of what is asked for, taken before data becomes a claim.
 *
 * @throws InputError when the data is not JSON
 */
export function fingerprintOf(identity: Identity): string {
  try {
    return fingerprint(identity);
  } catch (error) {
    throw new InputError(
      'Data',
      `is not JSON: ${messageOf(error)}`,
      'Use texts, numbers, true/false, null, lists and objects.',
    );
  }
}

/**
 * The key under which a task runs once.
 *
 * | Run Once Per | key |
 * |---|---|
 * | content, with a ref or data | the fingerprint: who dispatches the same work twice gets one task |
 * | content, with neither | the task id: an intent alone says too little, `nightly` of today is not that of yesterday |
 * | task_id | the task id |
 * | custom | the value given |
 *
 * @throws InputError when `custom` comes without a value
 */
export function idempotencyKey(
  request: Pick<ReadRequest, 'reference' | 'runOncePer' | 'customKey'>,
  fingerprintOfIt: string,
): string {
  const { reference, runOncePer, customKey } = request;
  switch (runOncePer) {
    case 'content':
      return saysWhatToDo(reference) ? fingerprintOfIt : reference.task_id;
    case 'task_id':
      return reference.task_id;
    case 'custom':
      if (customKey !== undefined) return customKey;
      throw new InputError(
        'Custom Key',
        'is empty',
        'Fill in Custom Key, or choose another Run Once Per.',
      );
  }
}

function saysWhatToDo({ ref, data }: Identity): boolean {
  return ref != null || (data != null && Object.keys(data).length > 0);
}
