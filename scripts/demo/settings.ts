import { z } from 'zod/v4';

const place = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('url'), url: z.string() }),
  z.object({ kind: z.literal('docker'), image: z.string() }),
  z.object({ kind: z.literal('local') }),
]);

const settings = z.object({
  stayOpen: z.boolean(),
  documents: z.number().int().positive().optional(),
  servers: z.object({ rabbitmq: place, redis: place }),
});

/** Where a server comes from, as the first stage found it. */
export type Place = z.infer<typeof place>;
export type DemoSettings = z.infer<typeof settings>;

/** A provider that is really asked; absent: the stand-in. */
export interface RealProvider {
  apiKey: string;
  url: string;
  model?: string;
}

export function readSettings(env: NodeJS.ProcessEnv): DemoSettings {
  const text = env.AGENT_SWARM_DEMO;
  if (!text) throw new Error('The demo is started by npm run demo.');
  return settings.parse(JSON.parse(text));
}

export function readRealProvider(env: NodeJS.ProcessEnv): RealProvider | undefined {
  const { OPENAI_API_KEY: apiKey, OPENAI_BASE_URL: url, OPENAI_MODEL: model } = env;
  return apiKey && url ? { apiKey, url, model } : undefined;
}
