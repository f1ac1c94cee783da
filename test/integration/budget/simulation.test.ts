import { scenarios, type Gate, type Scenario } from '../../bench/budget/scenario';
import { simulate } from '../../bench/simulate/simulate';
import { SimulatedTime } from './simulated';

jest.setTimeout(120_000);

/** Two minutes: of the second one nothing is left over from an empty window. */
const [RPM] = scenarios(2).filter(({ name }) => name === 'rpm') as (Scenario & { gate: Gate })[];

test('1,000 consumers of one budget: never more than the limit in any 60 s, and as much of it as the formula says', async () => {
  const time = await SimulatedTime.open();
  try {
    const { figures, formula } = await simulate(time, RPM as Scenario & { gate: Gate }, 1000);
    expect(figures.most_in_60_s).toBeLessThanOrEqual(600);
    expect(figures.rejected).toBe(0);
    expect(Math.abs((figures.utilisation ?? 0) / formula - 1)).toBeLessThan(0.1);
  } finally {
    await time.close();
  }
});
