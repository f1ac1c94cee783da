/** Where a command reads from and writes to. */
export interface Terminal {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  out(text: string): void;
  error(text: string): void;
  /** In place of what was drawn before; absent where that cannot be, such as in a file. */
  readonly draw?: ((text: string) => void) | undefined;
  /** For what goes on and on: aborts when the person wants it to end. Absent: it goes on for ever. */
  stop?(): AbortSignal;
}

/** A command's own exit code. */
export type Exit = (code: number) => void;
