import { withPublisher } from '../../../src/broker/pool';
import { replay } from '../../../src/deadLetters/replay';
import type { Desk } from '../../../src/deadLetters/walk';

/** A process that replays everything, until it is killed. Its argument: the desk as JSON. */
const desk = JSON.parse(process.argv[2] ?? '') as Desk;

void withPublisher(desk.broker, (publisher) => replay(desk, publisher, {})).then(
  ({ replayed }) => {
    process.stdout.write(`replayed ${replayed}\n`);
    process.exit(0);
  },
  (error: unknown) => {
    process.stdout.write(`failed: ${String(error)}\n`);
    process.exit(1);
  },
);
