import { Command, CommanderError } from 'commander';

import { closeIdlePublishers } from '../broker/pool';
import { withRemedy } from '../contract/errors';
import { deadLettersCommand } from './deadLettersCommand';
import { doctorCommand } from './doctorCommand';
import { metricsCommand } from './metricsCommand';
import { scaleAdviceCommand } from './scaleAdviceCommand';
import { taskCommand } from './taskCommand';
import { topCommand } from './topCommand';
import { topologyCommand } from './topologyCommand';
import type { Exit, Terminal } from './terminal';

const FAILED = 1;
const MISUSED = 2;

/** The program `agent-swarm`. @returns its exit code: 0, 1 when something was not found or went wrong, 2 for what it does not understand */
export async function agentSwarm(given: Terminal): Promise<number> {
  const terminal = plain(given);
  let code = 0;
  const exit: Exit = (wanted) => (code = wanted);
  const program = new Command('agent-swarm')
    .description('Looks after the tasks of Agent Swarm nodes, from a shell.')
    .exitOverride()
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.error })
    .showHelpAfterError()
    .addCommand(taskCommand(terminal, exit))
    .addCommand(deadLettersCommand(terminal, exit))
    .addCommand(doctorCommand(terminal, exit))
    .addCommand(metricsCommand(terminal))
    .addCommand(scaleAdviceCommand(terminal))
    .addCommand(topCommand(terminal))
    .addCommand(topologyCommand(terminal, exit));
  inherit(program);
  try {
    await program.parseAsync(terminal.argv);
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : MISUSED;
    terminal.error(`${withRemedy(error)}\n`);
    return FAILED;
  } finally {
    // Kept for others, it would keep the process.
    await closeIdlePublishers();
  }
}

/** Commands that were made apart from the program write to where it writes, and leave the end of the process to it. */
function inherit(command: Command): void {
  for (const child of command.commands) {
    child.copyInheritedSettings(command);
    inherit(child);
  }
}

/** What others wrote into a task must not steer a person's terminal: of control characters only tabs and ends of lines are let through. */
function plain(terminal: Terminal): Terminal {
  const clean = (text: string) => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '�');
  return {
    ...terminal,
    out: (text) => terminal.out(clean(text)),
    error: (text) => terminal.error(clean(text)),
    draw: terminal.draw && ((text) => terminal.draw?.(clean(text))),
  };
}
