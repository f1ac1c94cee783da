/**
 * Errors, ordered by damage: what the person can mend, what a declaration contradicts, what may pass.
 *
 * | class | means | who acts |
 * |---|---|---|
 * | InputError | a value given is wrong; nothing was sent or changed | the person: field and remedy are named |
 * | RefusedError | a server said no for good: login, rights, a conflicting declaration, an unroutable message | the person |
 * | UnavailableError | a server is away or dropped the connection; the outcome may be unknown | wait, or try again |
 */

export type InputField = string;

/** A value that cannot be used. `field` is the name the person sees; `remedy` says what to do. */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly code = 'bad_input';

  constructor(
    readonly field: InputField,
    problem: string,
    readonly remedy: string,
  ) {
    super(`${field}: ${problem}`);
  }
}

export type RefusedCode =
  | 'login_refused'
  | 'vhost_missing'
  | 'no_rights'
  | 'tls'
  | 'not_found'
  | 'conflict'
  | 'unroutable'
  | 'nacked'
  | 'too_large'
  | 'bad_option'
  | 'unsupported';

/** A server refused, and asking again changes nothing. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';

  constructor(
    readonly code: RefusedCode,
    message: string,
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export type UnavailableCode =
  'unreachable' | 'disconnected' | 'timeout' | 'blocked' | 'unconfirmed' | 'closed' | 'queue_full';

/**
 * A server is away. `unconfirmed`: a message was sent and its confirm never came, so it may or may not be there. `blocked`: the broker
 * takes no messages (memory or disk alarm), and this one was not sent. `queue_full`: we sent no more, because too many wait already.
 */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';

  constructor(
    readonly code: UnavailableCode,
    message: string,
    readonly remedy: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A server that surely took nothing, and would take the next thing no sooner. */
export function tookNothing(error: unknown): error is UnavailableError {
  return (
    error instanceof UnavailableError && (error.code === 'unreachable' || error.code === 'blocked')
  );
}

export type SwarmError = InputError | RefusedError | UnavailableError;

export function isSwarmError(error: unknown): error is SwarmError {
  return (
    error instanceof InputError ||
    error instanceof RefusedError ||
    error instanceof UnavailableError
  );
}

/** What went wrong and, where it is known, what to do. */
export function withRemedy(error: unknown): string {
  const said = messageOf(error).replace(/\.?$/, '.');
  return isSwarmError(error) ? `${said} ${error.remedy}` : said;
}

/** The text of anything that was thrown. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map(messageOf).join('; ');
  }
  return error instanceof Error ? error.message : String(error);
}
