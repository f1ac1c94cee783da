import { childrenOfList } from '../../../nodes/AgentSwarm/actions/task/fanOutList';

const form = { to: { kind: 'queue', queue: 'pages' }, intent: 'extract', tenant: 'acme' } as const;

test('a list holds what an agent may have planned: objects, and texts that are refs', () => {
  expect(
    childrenOfList(
      [
        'a',
        { ref: 'b', intent: 'analyse', priority: 9 },
        { queue: 'other', data: {}, task_id: 't' },
      ],
      form,
    ),
  ).toEqual([
    { ...form, ref: 'a' },
    { ...form, ref: 'b', intent: 'analyse', priority: 9 },
    { ...form, to: { kind: 'queue', queue: 'other' }, taskId: 't' },
  ]);
});

test.each([
  [undefined, /Children: is empty/],
  ['a, b', /Children: is not a list/],
  [{ ref: 'a' }, /Children: is not a list/],
  [['a', 7], /entry 1 is neither an object nor a text/],
  [[{ reference: 'a' }], /entry 0 has a field "reference"/],
])('%j is refused', (given, told) => {
  expect(() => childrenOfList(given, form)).toThrow(told);
});
