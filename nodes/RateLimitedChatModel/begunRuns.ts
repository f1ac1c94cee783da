/** Executions of this process that were granted a call, the latest last. */
const begun = new Set<string>();
const MOST = 10_000;

/** Whether one of them was granted a call before: a run goes before others for the sub-workflows that it calls, too. */
export function hasBegun(executions: readonly string[]): boolean {
  return executions.some((each) => begun.has(each));
}

/** n8n does not say when an execution ends, so the ones that called longest ago are forgotten. */
export function noteBegun(executions: readonly string[]): void {
  for (const each of executions) {
    begun.delete(each);
    begun.add(each);
  }
  for (const oldest of begun) {
    if (begun.size <= MOST) break;
    begun.delete(oldest);
  }
}
