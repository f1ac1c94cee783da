import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

import { storeSchema } from '../../../src/contract/settings';
import { Store } from '../../../src/store/store';

/** Who reads eight bytes and answers; what comes after them resets the connection, and the answer is lost, as RabbitMQ may do it. */
async function startHasty(answer: string): Promise<{ port: number; stop(): void }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    socket.once('data', (bytes) => {
      if (bytes.length > 8) socket.resetAndDestroy();
      else socket.end(answer);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

test.each([
  ['of another kind', 'AMQP\0\0\t\x01', /^What answers is not Redis/],
  ['that may be Redis', '-ERR max number of clients reached\r\n', /dropped the connection/],
  ['without a word', '', /dropped the connection/],
])('a server %s that hangs up at once is told as what it is', async (_which, answer, told) => {
  const hasty = await startHasty(answer);
  const settings = storeSchema.parse({ kind: 'standalone', host: '127.0.0.1', port: hasty.port });
  try {
    await expect(Store.open(settings, 'once')).rejects.toThrow(told);
  } finally {
    hasty.stop();
  }
});
