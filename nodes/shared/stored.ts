import type { ICredentialDataDecryptedObject } from 'n8n-workflow';

/**
 * Reads one stored field. Credentials also come from the API and from expressions: fields may be missing, and numbers and
 * switches may be text. What is absent or blank is undefined, so that the engine's default holds.
 */
export class Stored {
  constructor(private readonly data: ICredentialDataDecryptedObject) {}

  /** As it is: blanks are part of a password. Undefined only when absent. */
  exact(name: string): string | undefined {
    const value = this.data[name];
    if (value === undefined || value === null) return undefined;
    return typeof value === 'object' ? JSON.stringify(value) : String(value);
  }

  text(name: string): string | undefined {
    return this.exact(name)?.trim() || undefined;
  }

  /** NaN for text that is no number: the schema then says so. */
  number(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : Number(text);
  }

  milliseconds(name: string): number | undefined {
    const seconds = this.number(name);
    return seconds === undefined ? undefined : Math.round(seconds * 1000);
  }

  flag(name: string): boolean | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : text !== 'false' && text !== '0';
  }
}
