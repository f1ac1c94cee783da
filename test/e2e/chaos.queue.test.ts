import { FAULT_NAMES, SHORT } from '../chaos/faults';
import { runChaos } from '../chaos/run';

const TASKS = 390;

jest.setTimeout(900_000);

test('a few hundred tasks, every fault once: none lost, none left over, nothing twice that no fault explains', async () => {
  const { examples, ...result } = await runChaos({
    tasks: TASKS,
    faults: FAULT_NAMES,
    spans: SHORT,
    trigger: 'own',
    say: (text) => process.stderr.write(`chaos, ${text}\n`),
  });
  process.stderr.write(`${JSON.stringify(result)}\n`);
  expect(examples).toEqual([]);
  expect(Object.values(result.resume_s)).not.toContain(null);
  expect(result).toMatchObject({ tasks: TASKS, lost: 0, unsettled: 0, unexplained: 0 });
});
