import { startOwning } from '../../support/owned';

test('what is still starting when something beside it fails is stopped as well', async () => {
  const stopped: string[] = [];
  const thing = (name: string) => ({ stop: () => Promise.resolve(stopped.push(name)) });
  let stand: () => void = () => undefined;
  const late = new Promise<ReturnType<typeof thing>>(
    (resolve) => (stand = () => resolve(thing('late'))),
  );
  const starting = startOwning(async ({ own }) => {
    await own(Promise.resolve(thing('early')));
    await Promise.all([own(late), own(Promise.reject(new Error('no')))]);
  });
  const failed = expect(starting).rejects.toThrow('no');
  await new Promise((resolve) => setImmediate(resolve));
  expect(stopped).toEqual([]);
  stand();
  await failed;
  expect(stopped).toEqual(['late', 'early']);
});
