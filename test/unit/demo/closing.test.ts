import { Closing, together } from '../../../scripts/demo/closing';

describe('what the demo has to undo', () => {
  it('is undone last first, once, and whatever becomes of the others', async () => {
    const undone: string[] = [];
    const closing = new Closing();
    for (const name of ['server', 'names', 'n8n']) {
      closing.add(() => {
        undone.push(name);
        return name === 'names' ? Promise.reject(new Error('gone')) : Promise.resolve();
      });
    }
    expect(await closing.close()).toEqual([new Error('gone')]);
    expect(await closing.close()).toEqual([]);
    expect(undone).toEqual(['n8n', 'names', 'server']);
  });

  it('knows of everything that started, also when something else did not', async () => {
    const closing = new Closing();
    const undone: string[] = [];
    let finish = () => {};
    const slow = new Promise<void>((resolve) => (finish = resolve)).then(() => {
      closing.add(() => Promise.resolve(undone.push('slow')));
    });
    const starting = together([Promise.reject(new Error('refused')), slow]);
    finish();
    await expect(starting).rejects.toThrow('refused');
    await closing.close();
    expect(undone).toEqual(['slow']);
  });
});
