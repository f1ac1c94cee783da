import type { ExamplesWorld } from './examplesWorld';

const FILE = 'signup.json';
const SYSTEMS = { billing: 'Billing', provisioning: 'Provisioning', crm: 'CRM' };
const CALLS = { billing: 'Open Account', provisioning: 'Set Up Workspace', crm: 'Add Contact' };
const SIGNUP = { email: 'ada@example.com', plan: 'team' };

export function examplesSignup(started: () => ExamplesWorld): void {
  test('a signup reaches three systems once each, while one of them is away at first', async () => {
    const world = started();
    const { witness } = world;
    world.answerWith('crm', (count) => (count <= 2 ? 503 : 200));
    const changes: Record<string, Record<string, unknown>> = {};
    for (const name of Object.values(SYSTEMS)) {
      changes[name] = await world.optionsOf(FILE, name, { firstDelaySeconds: 0.1 });
    }
    for (const [system, name] of Object.entries(CALLS)) {
      changes[name] = { url: `${witness.url}/effects/${system}` };
    }
    await world.publish(FILE, changes);

    const { status, json } = await world.post('signup', SIGNUP);
    expect([status, json]).toEqual([202, { task_id: expect.any(String) }]);

    const ends = await Promise.all(
      Object.keys(SYSTEMS).map((system) => world.tasks.inState(`signup.${system}`, 'done')),
    );
    expect(ends.map(({ attempts }) => Number(attempts))).toEqual([0, 0, 2]);
    const told = Object.keys(SYSTEMS).map((system) =>
      witness.bodies(system).map((body): unknown => JSON.parse(body)),
    );
    expect(told).toEqual([[SIGNUP], [SIGNUP], [SIGNUP, SIGNUP, SIGNUP]]);
    for (const system of Object.keys(SYSTEMS)) {
      expect((await world.plain.depth(`signup.${system}.dead`)).ready).toBe(0);
    }
  });
}
