import { canonicalize } from 'json-canonicalize';

export interface ArgumentDifference {
  readonly name: string;
  readonly has: string;
  readonly needs: string;
}

type Args = Readonly<Record<string, unknown>>;

/** Arguments that are not the same, by name. */
export function differing(wanted: Args, there: Args): ArgumentDifference[] {
  const names = [...new Set([...Object.keys(wanted), ...Object.keys(there)])].sort();
  return names
    .map((name) => ({ name, has: told(there[name]), needs: told(wanted[name]) }))
    .filter(({ has, needs }) => has !== needs);
}

const told = (value: unknown): string => (value === undefined ? 'none' : canonicalize(value));

/** What an argument is for, where another value breaks a promise. */
const MEANING: Readonly<Record<string, string>> = {
  'x-queue-type': 'a quorum queue survives the loss of a node',
  'x-delivery-limit':
    'with a limit RabbitMQ gives up tasks that were handed back so often, also by clean restarts',
  'x-dead-letter-exchange': 'without it what RabbitMQ gives up itself is lost',
  'x-dead-letter-routing-key': 'it names the queue that a dead letter comes from',
  'x-dead-letter-strategy': 'at-most-once loses dead letters when a node goes',
  'x-overflow': 'dead-lettering at least once needs reject-publish',
  'x-message-ttl': 'a step of the delay ladder holds each message for exactly this time',
  'alternate-exchange': 'without it what cannot be routed stops all that wait behind it',
  durable: 'what is not durable is gone after a restart of RabbitMQ',
};

/** Why it cannot be changed where it stands, and what to do. */
export function replaced(
  kind: 'queue' | 'exchange',
  { name, has, needs }: ArgumentDifference,
): { said: string; remedy: string } {
  const why = MEANING[name];
  const said = `has ${name} ${has}, the file needs ${needs}${why === undefined ? '' : `: ${why}`}. RabbitMQ cannot change it while the ${kind} exists`;
  if (kind === 'exchange') {
    return {
      said,
      remedy: `Delete the exchange and apply again at once: its bindings go with it, and what is published meanwhile is refused.`,
    };
  }
  return {
    said,
    remedy:
      'Unpublish its workflows, move its messages (a shovel does) or let them run out, delete the queue when it is empty, and apply. Or keep it: leave it out of the file, and set Topology of the trigger to Declare All but the Queue.',
  };
}
