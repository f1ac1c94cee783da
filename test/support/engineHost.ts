import { startEngine, type Task } from './engine';

/** The other end of `engineProcess.ts`: a process that is n8n's execution engine and nothing else. */
async function serve(): Promise<void> {
  const engine = await startEngine();
  const say = (message: object) => process.send?.(message);
  process.on('message', ({ id, task }: { id: number; task: Task }) => {
    engine.run(task).then(
      (ran) => say({ id, ran }),
      (error: unknown) => say({ id, failure: String(error) }),
    );
  });
  process.once('disconnect', () => {
    void engine.stop().finally(() => process.exit(0));
  });
  say({ ready: true });
}

void serve();
