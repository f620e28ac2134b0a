/** Many small steps against a service, some of them under way at once: one by one, most of the time goes by waiting. */

/** What one function has under way at a service at most; SDK clients hold 50 connections. */
export const mostInFlight = 32;

/** What items weigh, and what those under way do at most: a further one is taken as long as they weigh less. */
export interface Weight<T> {
  of(item: T): number;
  readonly most: number;
}

/**
 * Takes the items in their order, `most` of them at once and none ahead of that. After a failure no further one is begun; it is thrown
 * once nothing is under way.
 */
export async function inFlight<T>(
  items: Iterable<T> | AsyncIterable<T>,
  work: (item: T) => Promise<void>,
  most: number = mostInFlight,
  weight?: Weight<T>,
): Promise<void> {
  let weighed = 0;
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];
  for await (const item of items) {
    const own = weight?.of(item) ?? 0;
    weighed += own;
    const step = work(item)
      .catch((error: unknown) => void failures.push(error))
      .finally(() => {
        weighed -= own;
        running.delete(step);
      });
    running.add(step);
    while (running.size >= most || (weight && weighed >= weight.most)) await Promise.race(running);
    if (failures.length > 0) break;
  }
  await Promise.all(running);
  if (failures.length > 0) throw failures[0];
}
