import { newWorld, type World } from '../../support/world';

/** Gives each test of a file a world of its own, with jitter half way: a delay near nothing would be over before a test has looked. */
export function inSteadyWorlds(take: (world: World) => void): void {
  let world: World | undefined;
  beforeEach(async () => {
    jest.spyOn(Math, 'random').mockReturnValue(0.5);
    world = await newWorld();
    take(world);
  });
  afterEach(async () => {
    await world?.end();
    jest.restoreAllMocks();
  });
}
