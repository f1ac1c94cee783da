import { messageOf } from '../contract/errors';
import { NO_TELEMETRY, type Telemetry } from '../contract/telemetry';
import type * as Loaded from './openTelemetry';
import { readSwitches } from './switches';

/**
 * What the standard variables of OpenTelemetry ask for. Without an endpoint none of its packages is loaded; and whatever is wrong with
 * the variables, tasks go on without telemetry.
 */
export function telemetryFromEnvironment(): Telemetry {
  const switches = readSwitches(process.env);
  if (switches.problem !== undefined) warn(switches.problem);
  if (!switches.traces && !switches.metrics) return NO_TELEMETRY;
  try {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- loaded here or never, and whoever asks cannot wait
    const { OpenTelemetry } = require('./openTelemetry') as typeof Loaded;
    return new OpenTelemetry(switches, warn);
  } catch (error) {
    warn(`OpenTelemetry could not be started: ${messageOf(error)}`);
    return NO_TELEMETRY;
  }
}

/** Once for each trouble, where n8n's own log goes. */
function warn(problem: string): void {
  process.emitWarning(problem, { type: 'AgentSwarmTelemetry' });
}
