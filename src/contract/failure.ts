import type { Attempt } from './history';
import type { Reason } from './verdicts';

/** What a dead letter says of its end, as JSON in the header `x-swarm-failure`. */
export interface FailureContext {
  readonly reason: Reason;
  readonly message: string;
  readonly error?: string | undefined;
  readonly http_status?: number | undefined;
  readonly node?: string | undefined;
  readonly stack?: string | undefined;
  readonly workflow?: string | undefined;
  readonly execution?: string | undefined;
  readonly host: string;
  readonly attempts: readonly Attempt[];
  readonly first_seen: string;
  readonly failed_at: string;
  readonly exchange: string;
  readonly routing_key: string;
  readonly queue: string;
}
