import { RefusedError } from '../contract/errors';
import type { PayloadPlaces, PostgresSettings, S3Settings } from '../contract/payloadStores';
import { withStoreOf, type Places } from '../payload/places';
import type { PayloadStore } from '../payload/payloadStore';
import type { UseStore } from '../store/pool';

/** Shortest time between two readings of the credentials, ms. */
const REREAD_MS = 1000;

/**
 * Places whose passwords may be rotated while a consumer runs: their credentials are read again when a login is refused, at most once a
 * second. Only user and password are taken over, as for RabbitMQ, and of S3 the two keys: what was claimed is where it was. That of
 * Redis sees to its own.
 */
export class CurrentPlaces implements Places {
  readonly redis: UseStore | undefined;
  private current: PayloadPlaces;
  private readAt = -Infinity;
  private reading: Promise<void> = Promise.resolve();

  /** @param reread what the credentials hold now; when it throws, the next refusal asks again */
  constructor(
    { redis, ...places }: Places,
    private readonly reread?: () => Promise<PayloadPlaces>,
  ) {
    this.redis = redis;
    this.current = places;
  }

  get postgres(): PostgresSettings | undefined {
    return this.current.postgres;
  }

  get s3(): S3Settings | undefined {
    return this.current.s3;
  }

  /** Runs `act`, which bears being run twice, with the store that a claim names; again at once when another login is known by then. */
  async withStoreOf<T>(claim: string, act: (payloads: PayloadStore) => Promise<T>): Promise<T> {
    const used = this.current;
    try {
      return await withStoreOf(this, claim, act);
    } catch (error) {
      if (!(error instanceof RefusedError && error.code === 'login_refused')) throw error;
      await this.renew(used);
      if (this.current === used) throw error;
      return await withStoreOf(this, claim, act);
    }
  }

  /** Many are refused at once: the first reads for all. */
  private async renew(refused: PayloadPlaces): Promise<void> {
    if (!this.reread || this.current !== refused) return;
    const now = performance.now();
    if (now - this.readAt >= REREAD_MS) {
      this.readAt = now;
      this.reading = this.read(this.reread, refused);
    }
    await this.reading;
  }

  private async read(reread: () => Promise<PayloadPlaces>, refused: PayloadPlaces): Promise<void> {
    // n8n's own database may be away, too.
    const { postgres, s3 } = await reread().catch((): PayloadPlaces => ({}));
    const current = {
      postgres: withLogin(refused.postgres, postgres, ['user', 'password']),
      s3: withLogin(refused.s3, s3, ['accessKeyId', 'secretAccessKey']),
    };
    if (current.postgres !== refused.postgres || current.s3 !== refused.s3) this.current = current;
  }
}

/** The same object when nothing of the login changed. */
function withLogin<Settings extends object>(
  known: Settings | undefined,
  read: Settings | undefined,
  fields: readonly (keyof Settings)[],
): Settings | undefined {
  if (!known || !read || fields.every((field) => known[field] === read[field])) return known;
  return fields.reduce((login, field) => ({ ...login, [field]: read[field] }), known);
}
