/** The token in `swarm.delivery` of an item's JSON, unchecked. */
export function deliveryOf(json: unknown): string | undefined {
  const swarm = (json as { swarm?: unknown } | null | undefined)?.swarm;
  const token = (swarm as { delivery?: unknown } | null | undefined)?.delivery;
  return typeof token === 'string' && token !== '' ? token : undefined;
}

/** All different tokens of some items. */
export function deliveriesOf(items: readonly { readonly json: unknown }[]): string[] {
  const tokens = new Set<string>();
  for (const { json } of items) {
    const token = deliveryOf(json);
    if (token !== undefined) tokens.add(token);
  }
  return [...tokens];
}
