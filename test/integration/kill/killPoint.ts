import { admitScript } from '../../../src/admit/admitScript';
import { wakeScript } from '../../../src/admit/wakeScript';
import { endScript } from '../../../src/group/endScript';
import { lookScript } from '../../../src/group/joinScripts';
import { buriedScript, buryScript } from '../../../src/settle/buryScript';
import { finishScript } from '../../../src/settle/finishScript';
import { putOffScript, sentScript } from '../../../src/settle/putOffScript';
import { sha1 } from '../../support/respPieces';

const SCRIPTS = [
  admitScript,
  wakeScript,
  finishScript,
  putOffScript,
  sentScript,
  buryScript,
  buriedScript,
  endScript,
  lookScript,
];

export const SCRIPT_NAMES = new Map(SCRIPTS.map(({ name, lua }) => [sha1(lua), name]));

const COUNTED = new Set([
  'publish',
  'confirm',
  'ack',
  ...SCRIPTS.flatMap(({ name }) => [name, `${name} answered`]),
]);

/** A moment between two steps of a process: after so many of them nothing of it reaches anybody any more. */
export class KillPoint {
  readonly steps: string[] = [];
  readonly reached: Promise<void>;
  private frozen = false;
  private reach: () => void = () => undefined;
  private watch: (step: string) => void = () => undefined;

  /** @param last steps until the end: when all of them passed nothing needs to follow */
  constructor(
    private readonly after: number,
    private readonly last: number,
  ) {
    this.reached = new Promise((resolve) => (this.reach = resolve));
  }

  /** Is told of each step that passed. */
  onStep(watch: (step: string) => void): void {
    this.watch = watch;
  }

  /** A step is let pass while there are fewer than so many; all else passes until then. */
  readonly mayPass = (name: string | undefined): boolean => {
    if (this.frozen) return false;
    if (name === undefined || !COUNTED.has(name)) return true;
    if (this.steps.length === this.after) {
      this.frozen = true;
      this.reach();
      return false;
    }
    this.steps.push(name);
    this.watch(name);
    if (this.steps.length === this.last) this.reach();
    return true;
  };
}
