import { createServer } from 'node:http';

import { Command } from 'commander';

import { InputError, messageOf, RefusedError } from '../contract/errors';
import { look } from '../observe/look';
import { metricsText, type Price } from '../observe/metrics';
import { brokerSettings, withBrokerFlags, type BrokerFlags } from './brokerOptions';
import { storeSettings, withStoreFlags, type StoreFlags } from './storeOptions';
import type { Terminal } from './terminal';

interface Flags extends BrokerFlags, StoreFlags {
  readonly listen?: string;
  readonly price?: string[];
}

/** `agent-swarm metrics`: what Prometheus takes, once or at an address that it scrapes. */
export function metricsCommand(terminal: Terminal): Command {
  const command = new Command('metrics')
    .description('Tells queues, tasks and budgets in the text format of Prometheus.')
    .option('--listen <address>', 'go on, and answer at <host>:<port>/metrics')
    .option(
      '--price <budget=input/output...>',
      'price of a million tokens, such as gpt-5-mini=0.25/2',
    );
  return withStoreFlags(withBrokerFlags(command)).action(async (flags: Flags) => {
    const broker = brokerSettings(flags, terminal.env);
    const store = storeSettings(flags, terminal.env);
    const prices = new Map((flags.price ?? []).map(priceOf));
    const text = async () => await metricsText(await look(store, broker), prices);
    if (flags.listen === undefined) terminal.out(await text());
    else await serve(flags.listen, text, terminal);
  });
}

/** Until the process is told to end. */
async function serve(
  address: string,
  text: () => Promise<string>,
  terminal: Terminal,
): Promise<void> {
  const [, host = '', port = ''] = /^(?:\[?([^\]]*?)\]?:)?(\d+)$/.exec(address) ?? [];
  if (port === '' || Number(port) > 65_535) {
    throw new InputError('--listen', 'is no address', 'Write it as 127.0.0.1:9464.');
  }
  const server = createServer((request, response) => {
    if (request.method !== 'GET' || request.url?.split('?')[0] !== '/metrics') {
      response.writeHead(404).end('Look at /metrics.\n');
      return;
    }
    text().then(
      (page) => response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(page),
      // Settings are in what went wrong, and a scraper may be anybody.
      (error: unknown) => {
        terminal.error(`${messageOf(error)}\n`);
        response.writeHead(500).end('See what agent-swarm metrics wrote.\n');
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    const at = host === '' ? '127.0.0.1' : host;
    server.once('error', (error) =>
      reject(new RefusedError('conflict', messageOf(error), 'Give another address in --listen.')),
    );
    server.listen(Number(port), at, () => {
      const bound = server.address();
      const where = typeof bound === 'object' && bound ? bound.port : port;
      terminal.out(`http://${at.includes(':') ? `[${at}]` : at}:${where}/metrics\n`);
    });
    terminal.stop?.().addEventListener('abort', () => {
      server.closeAllConnections();
      server.close(() => resolve());
    });
  });
}

function priceOf(given: string): [budget: string, price: Price] {
  const [, budget = '', input = '', output = ''] =
    /^(.+)=(\d+(?:\.\d+)?)\/(\d+(?:\.\d+)?)$/.exec(given) ?? [];
  if (budget !== '') return [budget, { input: Number(input), output: Number(output) }];
  throw new InputError('--price', `is no price: ${given}`, 'Write it as budget=input/output.');
}
