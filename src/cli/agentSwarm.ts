import { Command, CommanderError } from 'commander';

import { isSwarmError, messageOf } from '../contract/errors';
import { taskCommand } from './taskCommand';
import type { Terminal } from './terminal';

const FAILED = 1;
const MISUSED = 2;

/** The program `agent-swarm`. @returns its exit code: 0, 1 when something was not found or went wrong, 2 for what it does not understand */
export async function agentSwarm(terminal: Terminal): Promise<number> {
  let code = 0;
  const program = new Command('agent-swarm')
    .description('Looks after the tasks of Agent Swarm nodes, from a shell.')
    .exitOverride()
    .configureOutput({ writeOut: terminal.out, writeErr: terminal.error })
    .showHelpAfterError()
    .addCommand(taskCommand(terminal, (wanted) => (code = wanted)));
  for (const command of program.commands) command.copyInheritedSettings(program);
  try {
    await program.parseAsync(terminal.argv);
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : MISUSED;
    const said = messageOf(error).replace(/\.?$/, '.');
    terminal.error(`${[said, isSwarmError(error) && error.remedy].filter(Boolean).join(' ')}\n`);
    return FAILED;
  }
}
