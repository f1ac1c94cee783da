import { createHash } from 'node:crypto';
import type { Ask } from './ask';
import type { Chance } from './chance';
import type { Fault } from './options';

/** Decides which calls go wrong, by what they ask and how often that was asked before. */
export class FaultPlan {
  private readonly asked = new Map<string, number>();
  private readonly hits = new Map<string, number>();
  private count = 0;

  constructor(private readonly chance: Chance) {}

  /** The first fault that hits; each call may be shown once. */
  next(ask: Ask, faults: Fault[]): Fault | undefined {
    const prompt = createHash('sha1').update(ask.input).digest('base64');
    const nth = (this.asked.get(prompt) ?? 0) + 1;
    this.asked.set(prompt, nth);
    this.count += 1;
    for (const [index, fault] of faults.entries()) {
      const key = `${index} ${prompt}`;
      const before = this.hits.get(key) ?? 0;
      if (before >= (fault.times ?? Infinity)) continue;
      if (!this.aimedAt(fault, ask) || !this.drawn(fault, index, prompt, nth)) continue;
      this.hits.set(key, before + 1);
      return fault;
    }
    return undefined;
  }

  private aimedAt(fault: Fault, ask: Ask): boolean {
    if (fault.tasks === undefined) return true;
    return ask.taskId !== undefined && fault.tasks.includes(ask.taskId);
  }

  private drawn(fault: Fault, index: number, prompt: string, nth: number): boolean {
    if (fault.calls !== undefined) return fault.calls.includes(this.count);
    if (fault.share === undefined) return true;
    return this.chance('fault', index, prompt, nth) < fault.share;
  }
}
