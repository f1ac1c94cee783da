import { RefusedError } from '../contract/errors';
import type { CheckingPublisher } from './checking';

/** Looks at each exchange once, before the first message to it. A missing one fails its own messages alone. */
export class KnownExchanges {
  private readonly checks = new Map<string, Promise<void>>();

  constructor(private readonly publisher: CheckingPublisher) {}

  /** Undefined for the nameless exchange, which always exists. */
  check(name: string): Promise<void> | undefined {
    if (name === '') return undefined;
    const known = this.checks.get(name);
    if (known) return known;
    const check = this.publisher.checkExchange(name).catch((error: unknown) => {
      throw explain(error, name);
    });
    this.checks.set(name, check);
    return check;
  }
}

function explain(error: unknown, name: string): unknown {
  if (!(error instanceof RefusedError) || error.code !== 'not_found') return error;
  return new RefusedError(
    'not_found',
    `There is no exchange "${name}".`,
    'Create it (publishing the workflow that consumes from it can do so), or correct Exchange.',
    { cause: error },
  );
}
