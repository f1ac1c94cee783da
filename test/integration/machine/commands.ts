import * as fc from 'fast-check';

import { endRun, publish, step, take, vanish } from './deliveries';
import type { Happening } from './happening';
import {
  crash,
  goRound,
  hearLate,
  lose,
  pass,
  purge,
  renew,
  stall,
  sweep,
  timers,
} from './passing';
import { cancel, extend, replay, speak } from './words';

export const happenings: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 9, arbitrary: publish },
  { weight: 16, arbitrary: take },
  { weight: 4, arbitrary: vanish },
  { weight: 12, arbitrary: step },
  { weight: 14, arbitrary: endRun },
  { weight: 9, arbitrary: speak },
  { weight: 2, arbitrary: extend },
  { weight: 1, arbitrary: cancel },
  { weight: 6, arbitrary: replay },
  { weight: 2, arbitrary: renew },
  { weight: 4, arbitrary: sweep },
  { weight: 6, arbitrary: crash },
  { weight: 2, arbitrary: lose },
  { weight: 3, arbitrary: stall },
  { weight: 2, arbitrary: hearLate },
  { weight: 3, arbitrary: goRound },
  { weight: 8, arbitrary: pass },
  { weight: 4, arbitrary: timers },
  { weight: 1, arbitrary: purge },
);
