import { groupSchema } from '../../../src/contract/group';
import { dispatchSchema } from '../../../src/contract/settings';
import { readChild } from '../../../src/group/children';
import { register } from '../../../src/group/registration';
import type { Store } from '../../../src/store/store';

/** Where the joins go. */
export const PARENTS = 'parents of the killed';

/** Registers a group of one child, whose message the test publishes itself. */
export async function registerOnlyChild(store: Store, group: string, queue: string): Promise<void> {
  const request = { to: { kind: 'queue', queue }, intent: 'succeed' } as const;
  const child = readChild(0, request, group, dispatchSchema.parse({}));
  await register(store, {
    group,
    scope: PARENTS,
    settings: groupSchema.parse({}),
    plan: { intent: 'join' },
    children: [child],
    message: () =>
      Promise.resolve({
        exchange: '',
        routingKey: queue,
        body: child.body,
        messageId: group,
        properties: {},
        headers: {},
      }),
  });
}
