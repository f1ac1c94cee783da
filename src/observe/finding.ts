import type { MonitorEvent, Trouble } from '../contract/monitor';
import type { Sight } from './look';

/** `between`: past the end of the state, and short of its beginning. `unknown`: its source did not tell. */
export type Seen = 'trouble' | 'well' | 'between' | 'unknown';

/** How one state of one thing looks right now. */
export interface Finding extends Pick<MonitorEvent, 'trouble' | 'of' | 'name' | 'vhost'> {
  readonly alarm: string;
  readonly seen: Seen;
  readonly value?: number | undefined;
  readonly limit?: number | undefined;
  /** True whatever was seen. */
  readonly text: string;
  readonly remedy: string;
  /** It has to be seen for so long before it begins, ms; as the settings say when left out. */
  readonly beginMs?: number;
  /** To be remembered for the next look, by all who watch. */
  readonly note?: string;
}

/** What was seen and noted before. */
export interface Before {
  readonly sight?: Sight | undefined;
  /** By alarm. */
  readonly notes: ReadonlyMap<string, string>;
}

/** Names the same state of the same thing for ever. @param part where one thing may be in it in two ways */
export function alarmOf(trouble: Trouble, name: string, part = ''): string {
  return [trouble, part, name].join(':');
}

export interface AlarmParts {
  readonly trouble: Trouble;
  readonly name: string;
}

export function partsOf(alarm: string): AlarmParts {
  const [trouble = '', , ...name] = alarm.split(':');
  return { trouble: trouble as Trouble, name: name.join(':') };
}

/** Trouble above a limit, well again below a share of it. */
export function above(value: number | undefined, limit: number, endBelow: number): Seen {
  if (value === undefined) return 'unknown';
  if (value > limit) return 'trouble';
  return value <= limit * endBelow ? 'well' : 'between';
}
