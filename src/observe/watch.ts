import ms from 'ms';

import type { MonitorEvent, MonitorSettings } from '../contract/monitor';
import type { AlarmBook, Change } from './alarms';
import { partsOf, type Finding } from './finding';
import { findingsOf, isWatched } from './findings';
import type { Sight } from './look';
import { changeOf, lengthened, type Streak } from './streak';

type Known = Pick<AlarmBook, 'standing' | 'notes'>;

export interface Judged {
  readonly changes: readonly Change[];
  /** Those that are new, by alarm. */
  readonly notes: ReadonlyMap<string, string>;
}

/** What one process has seen, look by look, and what follows from it. Asks no server. */
export class Watch {
  private streaks = new Map<string, Streak>();
  private before: Sight | undefined;

  constructor(private readonly settings: MonitorSettings) {}

  /**
   * @param known what stands and what was noted, by all who watch
   * @param now ms of a clock that only goes forward
   */
  judge(sight: Sight, known: Known, now: number): Judged {
    const { settings, before } = this;
    const found = findingsOf(sight, settings, { sight: before, notes: known.notes });
    const lost = sight.sources.redis.ok ? missing(found, known) : [];
    const [gone, dropped] = split(
      lost,
      (one) => known.standing.has(one) && isWatched(partsOf(one), settings),
    );
    const findings = [...found, ...gone.map(goneFinding)];
    const streaks = new Map<string, Streak>();
    const changes = findings.flatMap((finding) => {
      const { alarm, beginMs = settings.beginMs } = finding;
      const streak = lengthened(this.streaks.get(alarm), finding.seen, now);
      if (!streak) return [];
      streaks.set(alarm, streak);
      const since = known.standing.get(alarm);
      const change = changeOf(streak, since !== undefined, now, { beginMs, endMs: settings.endMs });
      if (!change) return [];
      const seenSince = Math.round(sight.at.getTime() - (now - streak.since));
      return [changed(finding, change, since, seenSince)];
    });
    this.streaks = streaks;
    this.before = sight;
    const notes = found.flatMap(({ alarm, note }): [string, string][] =>
      note === undefined || note === known.notes.get(alarm) ? [] : [[alarm, note]],
    );
    return {
      changes: [
        ...changes,
        ...dropped.map((alarm) => ({ change: 'dropped' as const, alarm, since: 0 })),
      ],
      notes: new Map(notes),
    };
  }
}

/** What is in trouble right now, as if it had just begun; and how many states were looked at. */
export interface Troubles {
  readonly troubles: readonly MonitorEvent[];
  readonly looked: number;
}

export function troublesOf(sight: Sight, settings: MonitorSettings): Troubles {
  const findings = findingsOf(sight, settings, { notes: new Map() });
  const troubles = findings
    .filter(({ seen }) => seen === 'trouble')
    .map((finding) => eventOf(finding, sight.at.getTime()));
  return { troubles, looked: findings.length };
}

/** Known, and not found any more: a queue or a budget that was deleted, or one that is not watched. */
function missing(found: readonly Finding[], { standing, notes }: Known): string[] {
  const there = new Set(found.map(({ alarm }) => alarm));
  return [...new Set([...standing.keys(), ...notes.keys()])].filter((one) => !there.has(one));
}

function goneFinding(alarm: string): Finding {
  const { trouble, name } = partsOf(alarm);
  const of = trouble.startsWith('budget_') ? ('budget' as const) : ('queue' as const);
  return {
    ...{ alarm, trouble, name, of, vhost: null, seen: 'well' },
    text: `The ${of} "${name}" is no longer there.`,
    remedy: '',
  };
}

/** @param at when it was first seen, ms since 1970 */
function changed(
  finding: Finding,
  change: 'began' | 'ended',
  since: number | undefined,
  at: number,
): Change {
  const { alarm } = finding;
  if (change === 'began') return { change, alarm, since: at, event: eventOf(finding, at) };
  const began = since ?? at;
  return { change, alarm, since: began, event: eventOf(finding, began, Math.max(at, began)) };
}

function eventOf(finding: Finding, began: number, ended?: number): MonitorEvent {
  const { trouble, of, name, vhost, value, limit, text, remedy } = finding;
  const lasted = ended === undefined ? undefined : ended - began;
  return {
    text: lasted === undefined ? text : `Over after ${ms(lasted, { long: true })}: ${text}`,
    ...{ trouble, change: lasted === undefined ? 'began' : 'ended', of, name, vhost },
    began_at: new Date(began).toISOString(),
    ended_at: ended === undefined ? null : new Date(ended).toISOString(),
    lasted_seconds: lasted === undefined ? null : lasted / 1000,
    ...{ value: value ?? null, limit: limit ?? null, remedy },
  };
}

function split<T>(all: readonly T[], isFirst: (one: T) => boolean): [T[], T[]] {
  return [all.filter(isFirst), all.filter((one) => !isFirst(one))];
}
