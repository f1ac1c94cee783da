/** Where a command reads from and writes to. */
export interface Terminal {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  out(text: string): void;
  error(text: string): void;
}

/** A command's own exit code. */
export type Exit = (code: number) => void;
