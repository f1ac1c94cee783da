import { RefusedError, UnavailableError } from '../../../src/contract/errors';
import type { Outgoing } from '../../../src/contract/message';
import { dispatch } from '../../../src/dispatch/dispatch';
import type { DispatchRequest } from '../../../src/dispatch/request';

/** A publisher whose confirms the test gives by hand. */
class HeldPublisher {
  readonly sent: Outgoing[] = [];
  private readonly held: { resolve(): void; reject(error: Error): void }[] = [];
  underWay = 0;
  most = 0;

  publish(message: Outgoing): Promise<void> {
    this.sent.push(message);
    this.underWay += 1;
    this.most = Math.max(this.most, this.underWay);
    return new Promise<void>((resolve, reject) => this.held.push({ resolve, reject })).finally(
      () => (this.underWay -= 1),
    );
  }

  checkExchange(): Promise<void> {
    return Promise.resolve();
  }

  layDelay(): Promise<void> {
    return Promise.resolve();
  }

  depth(): Promise<number> {
    return Promise.resolve(0);
  }

  confirm(): void {
    this.held.pop()?.resolve();
  }

  refuse(error: Error): void {
    this.held.pop()?.reject(error);
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const to = { kind: 'queue', queue: 'work' } as const;
const request = (index: number): DispatchRequest => ({ to, intent: 'x', taskId: `t${index}` });

describe('dispatch', () => {
  it('gives results in the order of the items, whatever the order of the confirms', async () => {
    const publisher = new HeldPublisher();
    const results = dispatch({ count: 5, request, publisher });
    await turn();
    expect(publisher.sent).toHaveLength(5);
    // The last is confirmed first, and the middle one is refused.
    for (let confirms = 0; confirms < 5; confirms += 1) {
      if (confirms === 2) publisher.refuse(new RefusedError('unroutable', 'no queue', 'bind one'));
      else publisher.confirm();
    }
    expect((await results).map((result) => (result.ok ? result.task_id : 'refused'))).toEqual([
      't0',
      't1',
      'refused',
      't3',
      't4',
    ]);
  });

  it('publishes nothing of an item that is wrong, and all of the others', async () => {
    const publisher = new HeldPublisher();
    const results = dispatch({
      count: 3,
      publisher,
      request: (index) => {
        if (index === 0) throw new Error('the expression failed');
        return index === 1 ? { ...request(1), intent: '' } : request(2);
      },
    });
    await turn();
    expect(publisher.sent).toHaveLength(1);
    publisher.confirm();
    expect(await results).toMatchObject([
      { ok: false, error: { message: 'the expression failed' } },
      { ok: false, error: { field: 'Intent' } },
      { ok: true, task_id: 't2' },
    ]);
  });

  it('keeps a bounded number of messages under way, and reads an item when its turn comes', async () => {
    const publisher = new HeldPublisher();
    let read = 0;
    const results = dispatch({
      count: 50,
      publisher,
      settings: { window: 8 },
      request: (index) => {
        read = index + 1;
        return request(index);
      },
    });
    await turn();
    expect([read, publisher.underWay]).toEqual([8, 8]);
    while (publisher.underWay > 0) {
      publisher.confirm();
      await turn();
    }
    expect((await results).every(({ ok }) => ok)).toBe(true);
    expect(publisher.most).toBe(8);
  });

  it('does not let every item wait again for a broker that does not answer', async () => {
    const publisher = new HeldPublisher();
    const results = dispatch({ count: 100, publisher, request, settings: { window: 2 } });
    await turn();
    const away = new UnavailableError('unreachable', 'nobody there', 'start it');
    publisher.refuse(away);
    publisher.refuse(away);
    expect((await results).map((result) => !result.ok && result.error)).toEqual(
      new Array(100).fill(away),
    );
    expect(publisher.sent).toHaveLength(2);
  });

  it('refuses settings out of range before anything is read', async () => {
    const publisher = new HeldPublisher();
    await expect(
      dispatch({ count: 1, publisher, request, settings: { storeAboveBytes: 10 } }),
    ).rejects.toMatchObject({ name: 'InputError', field: 'storeAboveBytes' });
    expect(publisher.sent).toEqual([]);
  });
});
