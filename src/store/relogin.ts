import type { StoreSettings } from '../contract/settings';
import { storeCause } from './cause';

/** Shortest time between two readings of the credential, ms. */
const REREAD_MS = 1000;

/** Reads the credential again when a server refuses the login, at most once a second. */
export class Relogin {
  private readAt = -Infinity;
  private reading = false;

  /**
   * @param reread what the credential holds now; when it throws, the next refusal asks again
   * @param use makes the next attempts to connect use the login of these settings
   */
  constructor(
    private readonly settings: StoreSettings,
    private readonly reread: (() => Promise<StoreSettings>) | undefined,
    private readonly use: (settings: StoreSettings) => void,
  ) {}

  /** Tells of something that went wrong with a connection. */
  seen(fault: unknown): void {
    if (!this.reread || this.reading || performance.now() - this.readAt < REREAD_MS) return;
    if (storeCause(fault, this.settings).code === 'login_refused') void this.read(this.reread);
  }

  private async read(reread: () => Promise<StoreSettings>): Promise<void> {
    this.readAt = performance.now();
    this.reading = true;
    try {
      this.use(await reread());
    } catch {
      // n8n's own database may be away, too.
    } finally {
      this.reading = false;
    }
  }
}
