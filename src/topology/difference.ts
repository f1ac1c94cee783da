/**
 * `create`: it is not there. `change`: it can be changed as it stands. `conflict`: it stands otherwise and cannot be changed. `extra`: it
 * touches what the file is about, and is not in it.
 */
export type Difference = {
  readonly kind: 'queue' | 'exchange' | 'binding' | 'policy' | 'budget';
  /** A name; of a binding `exchange -> queue (routing key)`. */
  readonly name: string;
} & (
  | { readonly change: 'create'; readonly said?: undefined }
  | {
      readonly change: 'change' | 'conflict' | 'extra';
      readonly said: string;
      readonly remedy: string;
    }
);
