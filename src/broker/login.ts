import { RefusedError } from '../contract/errors';
import type { BrokerSettings } from '../contract/settings';

/** Reads the credential again, as it is now. */
export type Reread = () => Promise<BrokerSettings>;

interface Answer {
  readonly at: number;
  readonly settings: Promise<BrokerSettings>;
}

/** A credential is read again once in so many ms at most. */
const REREAD_PAUSE_MS = 1000;

/** What each credential answered last: all connections that read the same one share it. */
const answers = new WeakMap<Reread, Answer>();

/**
 * The settings of a connection, whose user and password may change while it lives. Nothing else of a credential that was read again is
 * taken over: another host or virtual host would be another set of tasks.
 */
export class Login {
  constructor(
    private current: BrokerSettings,
    private reread?: Reread,
  ) {}

  get settings(): BrokerSettings {
    return this.current;
  }

  /** From now on the credential is read in this way; undefined changes nothing. */
  readBy(reread: Reread | undefined): void {
    this.reread = reread ?? this.reread;
  }

  /**
   * Reads the credential again if that may help against the refusal; a read that fails changes nothing.
   *
   * @returns whether it names another user or password now
   */
  async renew(refusal: unknown): Promise<boolean> {
    if (!this.reread || !isOfLogin(refusal)) return false;
    const { username, password } = await read(this.reread).catch(() => this.current);
    if (username === this.current.username && password === this.current.password) return false;
    this.current = { ...this.current, username, password };
    return true;
  }
}

/** A user without rights in the virtual host may be the wrong user. */
function isOfLogin(error: unknown): boolean {
  return (
    error instanceof RefusedError &&
    (error.code === 'login_refused' || error.code === 'vhost_missing')
  );
}

async function read(reread: Reread): Promise<BrokerSettings> {
  const now = performance.now();
  let answer = answers.get(reread);
  if (!answer || now - answer.at >= REREAD_PAUSE_MS) {
    answer = { at: now, settings: reread() };
    answers.set(reread, answer);
  }
  return await answer.settings;
}
