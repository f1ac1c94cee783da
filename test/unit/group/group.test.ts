import fc from 'fast-check';

import { groupSchema, readMembership, writeMembership } from '../../../src/contract/group';
import { fingerprint } from '../../../src/contract/identity';
import type { Reference } from '../../../src/contract/reference';
import { packMessage, unpackMessage } from '../../../src/group/children';
import { joinMessage, type Closing } from '../../../src/group/plan';

const closing: Closing = {
  closed_by: 'deadline',
  total: 3,
  done: 1,
  dead: 1,
  canceled: 0,
  unpublished: 0,
  open: 1,
  failures: [{ index: 2, end: 'dead', reason: 'run_failed', message: 'no "page"' }],
};

test('a place in a group is read as it was written, whatever the group is called', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1, maxLength: 60 }),
      fc.nat({ max: 99_999 }),
      fc.integer({ min: 1, max: 32 }),
      (group, index, depth) => {
        expect(readMembership(writeMembership({ group, index, depth }))).toEqual({
          group,
          index,
          depth,
        });
      },
    ),
  );
});

test.each([undefined, 7, '', 'group', '1:group', '-1:1:g', '1:1:', ['1:1:g']])(
  'what is no place in a group is none: %j',
  (header) => {
    expect(readMembership(header)).toBeUndefined();
  },
);

test('whoever sends a join sends the same, and it stands in for the one that fanned out', () => {
  const plan = {
    nonce: 'n',
    intent: 'join',
    data: { report: 'q3', group: 'mine' },
    tenant: 'acme',
    outer: { group: 'above', index: 4, depth: 1 },
    parent: 'master',
  };
  const make = () => joinMessage('g', plan, closing, 'research', Date.UTC(2026, 0, 1));
  const message = make();
  expect(make()).toEqual(message);
  const body = JSON.parse(message.body.toString()) as Reference;
  const { closed_by, failures, ...counts } = closing;
  expect(body).toEqual({
    task_id: 'join-g-n',
    intent: 'join',
    tenant: 'acme',
    data: { report: 'q3', group: { id: 'g', closed_by, ...counts, failures } },
  });
  expect(message).toMatchObject({ exchange: '', routingKey: 'research', messageId: 'join-g-n' });
  expect(message.headers).toMatchObject({
    'x-idempotency-key': 'join-g-n',
    'x-swarm-fingerprint': fingerprint(body),
    'x-swarm-child': '4:1:above',
    'x-swarm-parent': 'master',
  });
});

test('a message that is kept until it is published comes back byte for byte', () => {
  fc.assert(
    fc.property(fc.json(), fc.string(), (body, text) => {
      const message = {
        exchange: 'agents',
        routingKey: text,
        body: Buffer.from(body),
        messageId: 'm',
        properties: { type: text, priority: 3 },
        headers: { a: text, b: 1 },
      };
      expect(unpackMessage(packMessage(message))).toEqual(message);
    }),
  );
});

test('at least so many: how many is not left open', () => {
  const asked = groupSchema.safeParse({ joinWhen: 'at_least' });
  expect(asked.error?.issues).toEqual([
    expect.objectContaining({ path: ['atLeast'], message: 'is empty' }),
  ]);
  expect(groupSchema.parse({})).toMatchObject({ joinWhen: 'all', deadlineMs: 24 * 3_600_000 });
});
