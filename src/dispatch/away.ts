import { tookNothing, type UnavailableError } from '../contract/errors';

/** Remembers that a server did not answer, so that the items behind do not each wait for it again. */
export class Away {
  private error: UnavailableError | undefined;

  async unless<T>(act: () => Promise<T>): Promise<T> {
    if (this.error) throw this.error;
    try {
      return await act();
    } catch (error) {
      if (tookNothing(error)) this.error = error;
      throw error;
    }
  }
}
