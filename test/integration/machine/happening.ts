import * as fc from 'fast-check';

import type { RunEnd } from '../../../src/contract/verdicts';
import { settled } from './owner';
import type { Universe } from './universe';

/** Something that happens; the universe is the model and the real system in one, since its facts are those of the real pieces. */
export class Happening implements fc.AsyncCommand<Universe, Universe, true> {
  constructor(
    private readonly label: string,
    private readonly possible: (universe: Universe) => boolean,
    private readonly act: (universe: Universe) => Promise<void>,
  ) {}

  async check(universe: Readonly<Universe>): Promise<boolean> {
    return this.possible(universe as Universe);
  }

  async run(_model: Universe, universe: Universe): Promise<void> {
    await this.act(universe);
    await settled();
    universe.verify();
  }

  toString(): string {
    return this.label;
  }
}

export const FAILURE = { name: 'Error', message: 'no' };

export const ENDS: readonly RunEnd[] = [
  { kind: 'succeeded' },
  { kind: 'failed', error: FAILURE },
  { kind: 'failed', error: { ...FAILURE, httpStatus: 400 } },
  { kind: 'failed', error: { ...FAILURE, httpStatus: 429, retryAfterMs: 5000 } },
  { kind: 'stopped', error: FAILURE },
  { kind: 'waiting' },
];

/** Picks one of several things, of which there may be fewer. */
export const index = fc.nat({ max: 5 });
export const steps = fc.nat({ max: 9 });
/** Mostly one task, so that what happens meets. */
export const key = fc.oneof({ weight: 4, arbitrary: fc.constant('a') }, fc.constant('b'));
export const always = () => true;

export function latest<T>(all: readonly T[], back: number): T {
  return all[all.length - 1 - (back % all.length)] as T;
}

export async function go(universe: Universe, owner: number, count: number): Promise<void> {
  for (let step = 0; step < count; step += 1) await universe.owner(owner).step(0, 'whole');
}
